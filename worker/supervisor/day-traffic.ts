import type { Conditions } from "./core/types.ts";
import type { Host } from "./host.ts";

/** What this client has sent and fetched since local midnight: shown, limited, and kept over restarts. */
export interface DayTraffic {
  add(bytes: { readonly down: number; readonly up: number }): void;
  /** A file was refused because it is larger than what is left of the day's limit: no more today. */
  spend(): void;
  /** The limit was changed: what is left is looked at anew. */
  unspend(): void;
  today(): Traffic;
  /** What the machine wants to know of the clock and the day. */
  conditions(): Pick<Conditions, "minuteOfDay" | "wallOffsetMs" | "downloadedBytesToday" | "downloadsSpent">;
  /** Reads again what is stored: another tab of this browser may have computed meanwhile. */
  load(): Promise<void>;
}

export interface Traffic {
  /** Local day, e.g. "2026-11-20". */
  readonly day: string;
  readonly down: number;
  readonly up: number;
  readonly spent?: boolean;
}

export const TRAFFIC_KEY = "traffic";

export async function openDayTraffic(host: Pick<Host, "store" | "wallMs" | "nowMs">): Promise<DayTraffic> {
  let traffic: Traffic | null = null;

  function today(): Traffic {
    const day = localDay(host.wallMs());
    return traffic?.day === day ? traffic : { day, down: 0, up: 0 };
  }

  async function load(): Promise<void> {
    const stored = (await host.store.get("facts", TRAFFIC_KEY)) as Traffic | undefined;
    // This client's own count is never behind what it stored, except for what another tab added.
    if (stored?.day === localDay(host.wallMs()) && stored.down >= today().down) traffic = stored;
  }

  await load();
  return {
    add({ down, up }) {
      const before = today();
      traffic = { ...before, down: before.down + down, up: before.up + up };
    },
    spend() {
      traffic = { ...today(), spent: true };
    },
    unspend() {
      traffic = { ...today(), spent: false };
    },
    today,
    conditions() {
      const { down, spent = false } = today();
      const wallMs = host.wallMs();
      return {
        minuteOfDay: minuteOfDay(wallMs),
        wallOffsetMs: wallMs - host.nowMs(),
        downloadedBytesToday: down,
        downloadsSpent: spent,
      };
    },
    load,
  };
}

function localDay(wallMs: number): string {
  const date = new Date(wallMs);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function minuteOfDay(wallMs: number): number {
  const date = new Date(wallMs);
  return date.getHours() * 60 + date.getMinutes();
}
