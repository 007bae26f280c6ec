import { openVolunteerDatabase } from "./idb-store.ts";

/**
 * One computing tab per browser. A Web Lock goes to the next tab by itself when its holder goes, however it goes; it
 * also keeps a hidden tab from being frozen, so it is held only while this tab computes or may compute.
 */

const LOCK_NAME = "quorate-computing";
/** Without Web Locks (no secure context) a note in IndexedDB is renewed this often, and stands in when it is this old. */
const BEAT_MS = 1_000;
const STALE_MS = 5_000;
const NOTE_KEY = "turn";

export const turnsAreLocks = (): boolean => "locks" in navigator;

/** `onLost`: another tab took over, because this one was frozen; only without locks. */
export function acquireTurn(signal: AbortSignal, onLost: () => void): Promise<() => void> {
  return turnsAreLocks() ? acquireLock(signal) : acquireNote(signal, onLost);
}

function acquireLock(signal: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = (): Promise<void> =>
      new Promise((release) => {
        resolve(release);
      });
    navigator.locks.request(LOCK_NAME, { signal }, held).catch(reject);
  });
}

interface Note {
  readonly owner: string;
  readonly beatAtMs: number;
}

async function acquireNote(signal: AbortSignal, onLost: () => void): Promise<() => void> {
  const database = await openVolunteerDatabase();
  const owner = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16)).join("");

  /** Look and write in one transaction: two tabs cannot both find it free. */
  async function tryTake(): Promise<boolean> {
    const transaction = database.transaction("facts", "readwrite");
    const note = (await transaction.store.get(NOTE_KEY)) as Note | undefined;
    const age = Date.now() - (note?.beatAtMs ?? Number.NEGATIVE_INFINITY);
    // A clock that was set back must not keep the turn from everybody: a note of the future is stale too.
    const free = note === undefined || note.owner === owner || age > STALE_MS || age < -STALE_MS;
    if (free) await transaction.store.put({ owner, beatAtMs: Date.now() } satisfies Note, NOTE_KEY);
    await transaction.done;
    return free;
  }

  async function giveBack(): Promise<void> {
    const transaction = database.transaction("facts", "readwrite");
    const note = (await transaction.store.get(NOTE_KEY)) as Note | undefined;
    if (note?.owner === owner) await transaction.store.delete(NOTE_KEY);
    await transaction.done;
  }

  while (!(await tryTake())) {
    await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
    signal.throwIfAborted();
  }
  const beat = setInterval(async () => {
    if (await tryTake()) return;
    clearInterval(beat);
    onLost();
  }, BEAT_MS);
  return () => {
    clearInterval(beat);
    void giveBack().finally(() => database.close());
  };
}
