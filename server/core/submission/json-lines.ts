import { type Line, LineSplitter, type Read, type Reader } from "./reader.ts";

/** JSON lines: one object per line; empty lines are nothing. What the object means is for others to say. */
export class JsonLinesReader implements Reader<Record<string, unknown>> {
  readonly #lines = new LineSplitter();

  push(text: string): Read<Record<string, unknown>>[] {
    return this.#lines.push(text).flatMap(parseLine);
  }

  end(): Read<Record<string, unknown>>[] {
    return this.#lines.end().flatMap(parseLine);
  }
}

function parseLine({ line, text, isTooLong }: Line): Read<Record<string, unknown>>[] {
  if (isTooLong) return [{ line, fault: "this line is longer than 8 MiB; are these JSON lines?" }];
  if (text.trim() === "") return [];
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return [{ line, fault: "this is JSON, but no object {…}" }];
    }
    return [{ line, value: value as Record<string, unknown> }];
  } catch (error) {
    return [{ line, fault: `this is no JSON: ${(error as Error).message}` }];
  }
}
