import type { Report } from "../../server/core/wire/exchange.ts";
import type { Bytes } from "../compute/runtimes/runtime.ts";
import type { Checkpoint } from "../protocol.ts";
import type { Command, LeaseFacts } from "./core/types.ts";
import type { RecordEntry } from "./view.ts";

/** What this client keeps, in a browser's IndexedDB or in files: small collections of values under text keys. */

export interface StoredTask {
  readonly lease: LeaseFacts;
  readonly checkpoint: Checkpoint;
}

export interface StoredReport {
  readonly report: Report;
  readonly needsUpload: boolean;
}

export interface StoredFileInfo {
  readonly sha256: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly usedAtMs: number;
}

export interface Collections {
  /** Result id -> task with a checkpoint. */
  tasks: StoredTask;
  /** Result id -> input bytes of such a task. */
  inputs: Bytes;
  reports: StoredReport;
  /** Result id -> output bytes that are too large for a report. */
  outputs: Bytes;
  records: RecordEntry;
  /** Settings, totals, identity and the like. */
  facts: unknown;
  /** SHA-256 -> bytes. */
  files: Bytes;
  fileInfos: StoredFileInfo;
}
export type CollectionName = keyof Collections;
export const COLLECTIONS: readonly CollectionName[] = [
  "tasks",
  "inputs",
  "reports",
  "outputs",
  "records",
  "facts",
  "files",
  "fileInfos",
];

export type Change = {
  [Name in CollectionName]:
    | { readonly put: Name; readonly key: string; readonly value: Collections[Name] }
    | { readonly drop: Name; readonly key: string };
}[CollectionName];

export interface Store {
  get<Name extends CollectionName>(name: Name, key: string): Promise<Collections[Name] | undefined>;
  all<Name extends CollectionName>(name: Name): Promise<Collections[Name][]>;
  /** In order, all or nothing where the medium can; otherwise a crash leaves a beginning of them. */
  write(changes: readonly Change[]): Promise<void>;
  /** Deletes everything this client ever stored, the identity included. */
  wipe(): Promise<void>;
}

/** The machine's commands about what is kept, as changes of the store. */
export function changesOf(
  command: Extract<Command, { type: "store_report" | "drop_report" | "store_record" }>,
): readonly Change[] {
  switch (command.type) {
    case "store_report": {
      const { report, needsUpload } = command;
      return [{ put: "reports", key: report.resultId, value: { report, needsUpload } }];
    }
    case "drop_report":
      return [
        { drop: "reports", key: command.resultId },
        { drop: "outputs", key: command.resultId },
      ];
    case "store_record":
      return [
        { put: "records", key: command.entry.resultId, value: command.entry },
        { put: "facts", key: "totals", value: command.totals },
      ];
  }
}

/** Forgets everything with the process: for browsers that allow no storage, and for tests. */
export function createMemoryStore(): Store {
  const data = new Map<CollectionName, Map<string, unknown>>(COLLECTIONS.map((name) => [name, new Map()]));
  const of = (name: CollectionName): Map<string, unknown> => data.get(name) ?? new Map();
  return {
    get: async <Name extends CollectionName>(name: Name, key: string) =>
      of(name).get(key) as Collections[Name] | undefined,
    all: async <Name extends CollectionName>(name: Name) => [...of(name).values()] as Collections[Name][],
    async write(changes) {
      for (const change of changes) {
        if ("put" in change) of(change.put).set(change.key, change.value);
        else of(change.drop).delete(change.key);
      }
    },
    async wipe() {
      for (const collection of data.values()) collection.clear();
    },
  };
}
