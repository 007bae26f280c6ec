import type { Bytes } from "../runtimes/runtime.ts";

/** One thing in what somebody hands in as a package, wherever it comes from. */
export interface PackageEntry {
  /** With `/` between folders, as its source names it: nothing about it is certain yet. */
  readonly path: string;
  readonly kind: "file" | "folder" | "link" | "other";
  readonly bytes: number;
  read(): Promise<Bytes>;
}
