import * as z from "zod";
import type { InputSchema } from "../wire/kernel-manifest.ts";
import { beginningOf } from "../wire/storable-text.ts";
import { type WorkunitDraft, workunitDraftSchema } from "./draft.ts";
import type { Read, Row } from "./reader.ts";
import type { SequenceRecord } from "./sequences.ts";

/** How a row of values becomes the input of a workunit. */
export const rowMappingSchema = z.strictObject({
  input: z
    .discriminatedUnion("kind", [
      /** Lines `key=value` of the app's keys, or, where the app names none, of all columns. */
      z.strictObject({ kind: z.literal("key_values") }),
      z.strictObject({ kind: z.literal("column"), column: z.string() }),
      /** Text with {column} where a value goes; {{ and }} are braces. */
      z.strictObject({ kind: z.literal("template"), template: z.string().max(100_000) }),
      z.strictObject({ kind: z.literal("json") }),
    ])
    .default({ kind: "key_values" }),
  /** The column that names the workunits; absent: `name` where there is one, else their number. */
  nameColumn: z.string().optional(),
  /** Columns that become tags beside the input. */
  tagColumns: z.array(z.string()).default([]),
});
export type RowMapping = z.infer<typeof rowMappingSchema>;

const own = (row: Row, column: string) => (Object.hasOwn(row, column) ? row[column] : undefined);

/** @param number of the row among all, from 1, which names it where nothing else does. */
export function rowToDraft(
  read: Read<Row>,
  number: number,
  mapping: RowMapping,
  schema: InputSchema | undefined,
): Read<WorkunitDraft> {
  if ("fault" in read) return read;
  const { line, value: row } = read;
  const input = inputOf(row, mapping, schema);
  if ("fault" in input) return { line, fault: input.fault };
  const name = own(row, mapping.nameColumn ?? "name");
  if (mapping.nameColumn !== undefined && name === undefined)
    return { line, fault: `there is no column ${mapping.nameColumn}` };
  const missing = mapping.tagColumns.find((column) => own(row, column) === undefined);
  if (missing !== undefined) return { line, fault: `there is no column ${missing}` };
  const tags = Object.fromEntries(mapping.tagColumns.map((column) => [column, own(row, column) ?? ""]));
  const draft = {
    line,
    name: beginningOf(String(name ?? number), 200) || String(number),
    input: input.text,
    ...(mapping.tagColumns.length > 0 ? { tags } : {}),
  };
  return checkDraft({ line, value: draft }, schema);
}

function inputOf(
  row: Row,
  { input, nameColumn }: RowMapping,
  schema: InputSchema | undefined,
): { text: string } | { fault: string } {
  switch (input.kind) {
    case "column": {
      const value = own(row, input.column);
      return value === undefined ? { fault: `there is no column ${input.column}` } : { text: String(value) };
    }
    case "json":
      return { text: JSON.stringify(row) };
    case "template":
      return fillTemplate(input.template, row);
    case "key_values": {
      // Where the app names no keys, every column is one but the one that names the workunit.
      const columns = Object.keys(row).filter((column) => column !== (nameColumn ?? "name"));
      const keys = schema?.format === "key_values" ? schema.keys.map((key) => key.name) : columns;
      const given = keys.filter((key) => own(row, key) !== undefined && own(row, key) !== "");
      if (given.length === 0) return { fault: "it has neither an input nor values for one" };
      return { text: given.map((key) => `${key}=${own(row, key)}\n`).join("") };
    }
  }
}

function fillTemplate(template: string, row: Row): { text: string } | { fault: string } {
  let missing: string | undefined;
  const text = template.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (found, column: string | undefined) => {
    if (found === "{{") return "{";
    if (found === "}}") return "}";
    const value = own(row, column ?? "");
    if (value === undefined) missing ??= column;
    return String(value ?? "");
  });
  return missing === undefined ? { text } : { fault: `there is no column ${missing}` };
}

/** A line of JSON: a draft where it names an input, else a row of values. */
export function jsonToDraft(
  read: Read<Record<string, unknown>>,
  number: number,
  mapping: RowMapping,
  schema: InputSchema | undefined,
): Read<WorkunitDraft> {
  if ("fault" in read) return read;
  const { line, value } = read;
  if ("input" in value || "inputBase64" in value || "inputSha256" in value) {
    const { input } = value;
    // An input that is an object is that of an app which takes lines key=value.
    const text =
      typeof input === "object" && input !== null && !Array.isArray(input)
        ? keyValues(input as Record<string, unknown>)
        : input;
    const draft = { line, name: String(number), ...value, ...(text === undefined ? {} : { input: text }) };
    return checkDraft({ line, value: draft }, schema);
  }
  const odd = Object.entries(value).find(([, each]) => !["string", "number", "boolean"].includes(typeof each));
  if (odd !== undefined) return { line, fault: `${odd[0]} is neither text, nor a number, nor true or false` };
  return rowToDraft({ line, value: value as Row }, number, mapping, schema);
}

function keyValues(values: Record<string, unknown>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${String(value)}\n`)
    .join("");
}

/** Checks a draft as it is sent: its form, and its input where the app says what inputs look like. */
export function checkDraft(
  { line, value }: { line: number; value: unknown },
  schema: InputSchema | undefined,
): Read<WorkunitDraft> {
  const parsed = workunitDraftSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") ?? "";
    // A key is wrong for a reason of its own.
    const why = (issue?.code === "invalid_key" ? issue.issues[0]?.message : undefined) ?? issue?.message;
    return { line, fault: `${where === "" ? "" : `${where}: `}${why ?? "this is no workunit"}` };
  }
  const fault = parsed.data.input === undefined ? null : inputFault(parsed.data.input, schema);
  return fault === null ? { line, value: parsed.data } : { line, fault };
}

type Key = Extract<InputSchema, { format: "key_values" }>["keys"][number];

/** Why text is no input of an app that takes lines key=value; null: it is one, or nothing is known of its inputs. */
export function inputFault(text: string, schema: InputSchema | undefined): string | null {
  if (schema?.format !== "key_values") return null;
  const given = new Map<string, string>();
  for (const each of text.split("\n")) {
    if (each.trim() === "") continue;
    const at = each.indexOf("=");
    if (at < 1) return `the line ${JSON.stringify(each.slice(0, 40))} of the input is not key=value`;
    const key = each.slice(0, at).trim();
    if (given.has(key)) return `${key} is given twice`;
    given.set(key, each.slice(at + 1).trim());
  }
  for (const key of schema.keys) {
    const value = given.get(key.name);
    if (value === undefined && key.optional !== true) return `${key.name} is missing`;
    const fault = value === undefined ? null : valueFault(key, value);
    if (fault !== null) return fault;
    given.delete(key.name);
  }
  const [unknown] = given.keys();
  return unknown === undefined ? null : `the app knows no ${unknown}`;
}

function valueFault({ name, type, least, most }: Key, value: string): string | null {
  if (type === "text") return null;
  const number = value === "" ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) return `${name} is ${JSON.stringify(value.slice(0, 40))}, which is no number`;
  if (type === "integer" && !Number.isInteger(number)) return `${name} is ${value}; it must be a whole number`;
  if (least !== undefined && number < least) return `${name} is ${value}; it must be at least ${least}`;
  if (most !== undefined && number > most) return `${name} is ${value}; it must be at most ${most}`;
  return null;
}

/** Several sequences as one workunit: `head` first, then the records as they stood. */
export function sequencesToDraft(
  records: readonly { line: number; value: SequenceRecord }[],
  number: number,
  head: string,
): { line: number; value: WorkunitDraft } {
  const [first, last] = [records[0], records.at(-1)];
  const line = first?.line ?? 0;
  const names = records.length === 1 ? (first?.value.name ?? "") : `${first?.value.name} … ${last?.value.name}`;
  const input = head + records.map((record) => record.value.text).join("");
  return { line, value: { line, name: beginningOf(`${number}: ${names}`, 200), input } };
}
