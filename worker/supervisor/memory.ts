import { NO_TOTALS } from "./core/draft.ts";
import { DEFAULT_SETTINGS } from "./core/initial.ts";
import { RESULT_RECORDS_KEPT } from "./core/limits.ts";
import type { RestoredTask, Totals } from "./core/types.ts";
import type { Credential, Host } from "./host.ts";
import type { Change, Store, StoredReport, StoredTask } from "./store.ts";
import type { RecordEntry, VolunteerSettings } from "./view.ts";

/** What an earlier life of this client left, and the facts it keeps beside its work. */

export interface Restored {
  readonly tasks: readonly StoredTask[];
  readonly reports: readonly StoredReport[];
  /** Oldest first. */
  readonly history: readonly RecordEntry[];
  readonly totals: Totals;
  readonly durationsMs: ReadonlyMap<string, number>;
}

export async function restore(store: Store): Promise<Restored> {
  const history = (await store.all("records")).sort((a, b) => a.finishedAtMs - b.finishedAtMs);
  const surplus = history.splice(0, Math.max(0, history.length - RESULT_RECORDS_KEPT));
  if (surplus.length > 0) await store.write(surplus.map((entry): Change => ({ drop: "records", key: entry.resultId })));
  return {
    tasks: await store.all("tasks"),
    reports: await store.all("reports"),
    history,
    totals: ((await store.get("facts", "totals")) as Totals | undefined) ?? NO_TOTALS,
    durationsMs: new Map((await store.get("facts", "durations")) as [string, number][] | undefined),
  };
}

export function restoredTask({ lease, checkpoint }: StoredTask): RestoredTask {
  return { lease, checkpoint: { progress: checkpoint.progress, format: checkpoint.format } };
}

/** Settings of an older version of this client lack what is newer: the defaults fill in. */
export async function loadSettings(store: Store): Promise<VolunteerSettings> {
  const stored = (await store.get("facts", "settings")) as Partial<VolunteerSettings> | undefined;
  return { ...DEFAULT_SETTINGS, ...stored };
}

export async function loadCredential(store: Store): Promise<Credential | null> {
  return ((await store.get("facts", "identity")) as Credential | undefined) ?? null;
}

export async function loadOrCreateCredential(host: Host): Promise<Credential> {
  const known = await loadCredential(host.store);
  if (known !== null) return known;
  const created = await host.createCredential();
  await host.store.write([{ put: "facts", key: "identity", value: created }]);
  return created;
}
