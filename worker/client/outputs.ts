import { type Column, parseOutput } from "../../server/core/replication/comparators/output-values.ts";
import type { OutputSchema } from "../../server/core/wire/kernel-manifest.ts";
import type { AnyOutput, BinaryOutput } from "./types.ts";

/** A line of results.jsonl. */
export type ResultLine = {
  workunit: number;
  name: string;
  tags: Record<string, string | number | boolean>;
  batch: number;
  confirmedAt: string;
  output?: string;
  outputBase64?: string;
  provenance: import("./types.ts").Provenance & { files: Record<string, string> };
  /** With order "completed" alone. */
  cursor?: string;
};

/** The output in the form that its app declares; as it came where it does not fit (then it is for people to look at). */
export function decodeOutput(line: Pick<ResultLine, "output" | "outputBase64">, schema: OutputSchema): AnyOutput {
  const raw = line.output ?? bytesOfBase64(line.outputBase64 ?? "");
  if (schema.format === "bytes") return raw;
  const parsed = parseOutput(schema, typeof raw === "string" ? new TextEncoder().encode(raw) : raw);
  if (!parsed.ok) return raw;
  const { header, record, rows } = parsed.values;
  const records = Array.from({ length: rows }, (_, row) => fieldsOf(record, row));
  if (schema.format === "csv") return records;
  return { header: fieldsOf(header, 0), records } as BinaryOutput;
}

function fieldsOf(columns: readonly Column[], row: number): Record<string, string | number> {
  return Object.fromEntries(columns.map(({ name, values }) => [name, values[row] ?? ""]));
}

/** `atob` and `btoa`: what browsers and Node both have. */
export function bytesOfBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

const CHUNK = 0x8000;
export function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}
