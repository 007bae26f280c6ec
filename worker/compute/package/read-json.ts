import { MANIFEST_MAX_BYTES, MANIFEST_MAX_DEPTH, MANIFEST_MAX_VALUES } from "../../../server/core/limits.ts";
import type { PackageFault } from "../../../server/core/wire/package-fault.ts";
import type { Bytes } from "../runtimes/runtime.ts";

/** A place in a text, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type JsonReading =
  | { readonly ok: true; readonly value: unknown; placeOf(path: readonly PropertyKey[]): Place }
  | { readonly ok: false; readonly fault: PackageFault };

/**
 * Reads JSON that somebody else wrote: every engine names faults in words of its own and none says where a value stood, so
 * this reader keeps the place of each. Size, depth and number of values are limited, a key given twice is a fault.
 */
export function readJson(file: string, bytes: Bytes): JsonReading {
  if (bytes.byteLength > MANIFEST_MAX_BYTES) {
    const problem = `${file} has ${bytes.byteLength} bytes, allowed are ${MANIFEST_MAX_BYTES}`;
    return { ok: false, fault: { file, problem, remedy: "put data into files of their own" } };
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return { ok: false, fault: { file, problem: `${file} is not UTF-8 text`, remedy: "save it as UTF-8" } };
  }
  const reader = new JsonReader(text);
  try {
    const value = reader.read();
    return { ok: true, value, placeOf: (path) => placeAt(text, reader.offsetOf(path)) };
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    return { ok: false, fault: { file, ...placeAt(text, error.at), problem: error.message, remedy: error.remedy } };
  }
}

function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

class JsonFault extends Error {
  readonly at: number;
  readonly remedy: string;

  constructor(at: number, message: string, remedy: string) {
    super(message);
    this.at = at;
    this.remedy = remedy;
  }
}

const BLANK = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings hold none unescaped
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORDS: readonly (readonly [string, unknown])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];
/** The only key that assigning would not store. */
const RESERVED_KEY = "__proto__";

class JsonReader {
  readonly #text: string;
  readonly #offsets = new Map<string, number>();
  #at = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    const value = this.#value([], 0);
    this.#skip();
    if (this.#at < this.#text.length) this.#fail("text follows the end of the JSON", "remove it");
    return value;
  }

  /** Of the value at a path, or of the nearest one around it. */
  offsetOf(path: readonly PropertyKey[]): number {
    for (let length = path.length; length > 0; length--) {
      const offset = this.#offsets.get(keyOf(path.slice(0, length)));
      if (offset !== undefined) return offset;
    }
    return this.#offsets.get(keyOf([])) ?? 0;
  }

  #value(path: readonly PropertyKey[], depth: number): unknown {
    this.#skip();
    this.#values += 1;
    if (this.#values > MANIFEST_MAX_VALUES) {
      this.#fail(`the JSON has more than ${MANIFEST_MAX_VALUES} values`, "put data into files of their own");
    }
    if (depth > MANIFEST_MAX_DEPTH) this.#fail(`the JSON is nested deeper than ${MANIFEST_MAX_DEPTH}`, "make it flat");
    if (!this.#offsets.has(keyOf(path))) this.#offsets.set(keyOf(path), this.#at);
    const next = this.#text[this.#at];
    if (next === "{") return this.#object(path, depth);
    if (next === "[") return this.#array(path, depth);
    if (next === '"') return this.#string();
    return this.#scalar();
  }

  #object(path: readonly PropertyKey[], depth: number): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    this.#at += 1;
    if (this.#took("}")) return found;
    do {
      this.#skip();
      const keyAt = this.#at;
      if (this.#text[keyAt] !== '"')
        this.#fail("a key in double quotes is missing", "quote it, and end no list with a comma");
      const key = this.#string();
      if (Object.hasOwn(found, key) || key === RESERVED_KEY) {
        this.#at = keyAt;
        this.#fail(
          `the key ${JSON.stringify(key).slice(0, 60)} ${key === RESERVED_KEY ? "is not allowed" : "is given twice"}`,
          "remove it",
        );
      }
      this.#offsets.set(keyOf([...path, key]), keyAt);
      if (!this.#took(":")) this.#fail("a colon is missing after the key", "write key: value");
      found[key] = this.#value([...path, key], depth + 1);
    } while (this.#took(","));
    if (!this.#took("}")) this.#fail("a comma or } is missing", "look at the end of the line before");
    return found;
  }

  #array(path: readonly PropertyKey[], depth: number): unknown[] {
    const found: unknown[] = [];
    this.#at += 1;
    if (this.#took("]")) return found;
    do found.push(this.#value([...path, found.length], depth + 1));
    while (this.#took(","));
    if (!this.#took("]")) this.#fail("a comma or ] is missing", "look at the end of the line before");
    return found;
  }

  #string(): string {
    const token = this.#match(STRING);
    if (token === "")
      this.#fail("this text is not ended, or holds a character that must be escaped", "close its quotes");
    return JSON.parse(token) as string;
  }

  #scalar(): unknown {
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    const number = this.#match(NUMBER);
    if (number !== "") return Number(number);
    if (this.#at >= this.#text.length) this.#fail("the JSON ends in the middle", "upload the whole file again");
    return this.#fail("this is no JSON value", 'write "text", a number, true, false, null, [...] or {...}');
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += token.length;
    return token;
  }

  #skip(): void {
    this.#match(BLANK);
  }

  #took(character: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #fail(problem: string, remedy: string): never {
    throw new JsonFault(this.#at, problem, remedy);
  }
}

function keyOf(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}
