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

export function priority(text: string): number {
  const value = number(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError("a priority is a whole number, such as 5 or -5");
  return value;
}

export function share(text: string): number {
  const value = number(text);
  if (value < 0 || value > 1) throw new InvalidArgumentError("a share is a number from 0 to 1, such as 0.1");
  return value;
}
