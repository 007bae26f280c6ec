import type { Pool } from "../database/pool.ts";
import { Gate } from "../sql/gate.ts";
import { fingerprintOfEnded } from "./ended-batch.ts";
import type { Measured } from "./measure-file.ts";
import { RecentlyUsed } from "./recently-used.ts";

/** What is remembered of files that were asked for in parts, so that a program that asks for many reads each file once. */

/** At most 256 marks each. */
const FILES = 200;
const BATCHES = 1_000;

/** Programs ask for parts in quick succession. So long an ETag may be one that a recall has made void just now. */
const FINGERPRINT_MS = 5_000;

class MeasuredFiles {
  /** Measuring reads a whole file: one at a time, so that no number of requests for parts keeps the database from its work. */
  readonly #gate = new Gate(1);
  readonly #measured = new RecentlyUsed<Measured>(FILES);
  readonly #fingerprints = new RecentlyUsed<{ asked: Promise<string | null>; atMs: number }>(BATCHES);

  async measure(etag: string, measure: () => Promise<Measured | null>): Promise<Measured | null> {
    // Whoever waited finds it measured.
    const lookOrMeasure = async () => this.#measured.get(etag) ?? (await measure());
    const measured = this.#measured.get(etag) ?? (await this.#gate.through(1, lookOrMeasure));
    if (measured !== null) this.#measured.set(etag, measured);
    return measured;
  }

  /** Of a batch that may still change it is looked at each time; the others' are kept for seconds. */
  async fingerprint(pool: Pool, batchId: number): Promise<string | null> {
    const key = String(batchId);
    const known = this.#fingerprints.get(key);
    const nowMs = performance.now();
    if (known !== undefined && nowMs - known.atMs < FINGERPRINT_MS) {
      const fingerprint = await known.asked.catch(() => null);
      if (fingerprint !== null) return fingerprint;
    }
    const asked = fingerprintOfEnded(pool, batchId);
    this.#fingerprints.set(key, { asked, atMs: nowMs });
    return await asked;
  }
}

const ofPools = new WeakMap<Pool, MeasuredFiles>();

/** Those of this process, of one database. */
export function measuredFilesOf(pool: Pool): MeasuredFiles {
  const known = ofPools.get(pool) ?? new MeasuredFiles();
  ofPools.set(pool, known);
  return known;
}
