import { once } from "node:events";
import { sayFault } from "../../../server/core/wire/package-fault.ts";
import type { BatchProgress } from "../types.ts";
import { QuorateError } from "../wire.ts";

/** The computation, or what was asked of the site, did not succeed: exit code 1. */
export class Failed extends Error {}
/** The command was not understood: exit code 2. */
export class Misused extends Error {}

export const EXIT = { good: 0, failed: 1, misused: 2 } as const;

/** What goes to standard output is the answer, what goes to standard error is for whoever watches. */
export type Terminal = {
  readonly json: boolean;
  /** The answer: one line of JSON with --json, else the text. */
  answer(value: object, text: string): Promise<void>;
  /** Bytes or text of a result, waiting while the reader is slow. */
  write(chunk: string | Uint8Array): Promise<void>;
  note(sentence: string): void;
  bar(batch: BatchProgress): void;
  endBar(): void;
};

export function createTerminal(json: boolean): Terminal {
  const { stdout, stderr } = process;
  let isBarShown = false;
  let lastBar = "";
  const write = async (chunk: string | Uint8Array): Promise<void> => {
    if (!stdout.write(chunk)) await once(stdout, "drain");
  };
  const endBar = (): void => {
    if (isBarShown) stderr.write("\n");
    isBarShown = false;
  };
  return {
    json,
    write,
    endBar,
    answer: (value, text) => write(`${json ? JSON.stringify(value) : text}\n`),
    note(sentence) {
      endBar();
      if (!json) stderr.write(`${sentence}\n`);
    },
    bar(batch) {
      if (json) return;
      const line = barOf(batch, Math.max(20, stderr.columns ?? 80));
      if (stderr.isTTY) {
        stderr.write(`\r${line}\x1b[K`);
        isBarShown = true;
      } else if (line !== lastBar) stderr.write(`${line}\n`);
      lastBar = line;
    },
  };
}

const BAR_MAX = 40;

/** `[#####.....]  50 % 10 of 20, 1 failed` */
export function barOf({ state, workunits, completed, failed, created }: BatchProgress, columns: number): string {
  const isMade = state !== "draft" && state !== "creating";
  const share = workunits === 0 ? 0 : (isMade ? completed + failed : created) / workunits;
  const done = isMade ? `${completed} of ${workunits}` : `${created} of ${workunits} made`;
  const bad = failed > 0 ? `, ${failed} failed` : "";
  const about = state === "open" || !isMade ? "" : `, ${state}`;
  const text = `${String(Math.floor(share * 100)).padStart(3)} % ${done}${bad}${about}`;
  const width = Math.min(BAR_MAX, columns - text.length - 4);
  if (width < 5) return text.trim();
  const filled = Math.floor(share * width);
  return `[${"#".repeat(filled)}${".".repeat(width - filled)}] ${text}`;
}

/** Says what went wrong on standard error. @returns the exit code. */
export function explain(error: unknown, json: boolean): number {
  const code = error instanceof Misused ? EXIT.misused : EXIT.failed;
  const faults = error instanceof QuorateError ? error.faults : [];
  const message = error instanceof Error ? error.message : String(error);
  const name = error instanceof QuorateError ? error.code : error instanceof Misused ? "usage" : "failed";
  if (json) process.stderr.write(`${JSON.stringify({ error: { code: name, message, faults } })}\n`);
  else process.stderr.write(`${message}\n${faults.map((fault) => `  ${sayFault(fault)}\n`).join("")}`);
  return code;
}
