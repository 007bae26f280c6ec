import { InvalidArgumentError } from "commander";

/** Arguments of commands, as they are typed. @throws {InvalidArgumentError} */

export function batchId(text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 1) throw new InvalidArgumentError("a batch has a number, such as 12");
  return id;
}

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("this is no number");
  return value;
}
