import type { Conditions } from "../../supervisor/core/types.ts";
import type { HeldLease } from "../../supervisor/held-leases.ts";
import type { RecordEntry, VolunteerSettings, VolunteerState } from "../../supervisor/view.ts";

/** What crosses Comlink between the page and the supervisor's worker. */

/** What only a page sees. */
export type PageConditions = Pick<Conditions, "hidden" | "watched" | "battery" | "saveData" | "online" | "pageLagMs">;

export interface PageListener {
  onState(state: VolunteerState): void;
  /** For beacons: the page must be able to park when there is no time left to ask. */
  onLeases(leases: readonly HeldLease[]): void;
  /** Starts a compute worker that listens at the port. Resolves when it has failed, with the reason, or was ended: null. */
  startCompute(id: number, port: MessagePort): Promise<string | null>;
  endCompute(id: number): void;
}

export interface SupervisorApi {
  /** Before everything else; the listener is a Comlink proxy. */
  open(settings: VolunteerSettings, conditions: PageConditions, listener: PageListener): Promise<void>;
  start(): Promise<void>;
  /** Resolves when nothing runs any more, everything is stored, and the server was told, or could not be. */
  stop(): Promise<void>;
  changeSettings(settings: VolunteerSettings): Promise<void>;
  relay(conditions: Partial<PageConditions>): Promise<void>;
  beaconSent(returned: readonly string[]): Promise<void>;
  records(): Promise<RecordEntry[]>;
  token(): Promise<string | null>;
  deleteEverything(): Promise<void>;
}
