import type { InputSchema } from "../../../server/core/wire/kernel-manifest.ts";
import type { Bytes } from "../runtimes/runtime.ts";

type KeySchema = Extract<InputSchema, { format: "key_values" }>["keys"][number];

/** A fault of an input's file, without the file. */
export interface InputFault {
  readonly line?: number;
  readonly problem: string;
  readonly remedy: string;
}

const INTEGER = /^-?\d{1,20}$/;
const NUMBER = /^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/;

/** null when the bytes are what the schema says an input is. */
export function inputFault(schema: InputSchema, bytes: Bytes): InputFault | null {
  if (schema.format === "bytes") return null;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { problem: "the input is not UTF-8 text", remedy: "save it as UTF-8, or declare `input` as bytes" };
  }
  return schema.format === "text" ? null : keyValueFault(schema.keys, text);
}

function keyValueFault(keys: readonly KeySchema[], text: string): InputFault | null {
  const given = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const at = line.indexOf("=");
    const name = line.slice(0, Math.max(0, at)).trim();
    const key = keys.find((candidate) => candidate.name === name);
    const fault = (problem: string, remedy: string): InputFault => ({ line: index + 1, problem, remedy });
    if (at === -1) return fault("this line is not key=value", "write key=value");
    if (key === undefined)
      return fault(`${name} is no key of the input`, `the keys are ${keys.map((one) => one.name).join(", ")}`);
    if (given.has(name)) return fault(`${name} is given twice`, "keep one");
    const value = line.slice(at + 1).trim();
    given.set(name, value);
    const wrong = valueFault(key, value);
    if (wrong !== null) return fault(`${name}=${value.slice(0, 40)}: ${wrong}`, "correct the value");
  }
  const missing = keys.find(({ name, optional }) => optional !== true && !given.has(name));
  if (missing === undefined) return null;
  return { problem: `the key ${missing.name} is missing`, remedy: `add a line ${missing.name}=...` };
}

function valueFault({ type, least, most }: KeySchema, value: string): string | null {
  if (type === "text") return null;
  if (!(type === "integer" ? INTEGER : NUMBER).test(value)) return `this is no ${type}`;
  const number = Number(value);
  if (least !== undefined && number < least) return `the least is ${least}`;
  if (most !== undefined && number > most) return `the most is ${most}`;
  return null;
}
