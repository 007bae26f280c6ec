import { Writable } from "node:stream";
import { type DestinationStream, type Logger, pino } from "pino";
import type { Settings } from "./settings.ts";

export type { Logger };

/** Structured log: what happened as a constant message, the particulars as fields. Never a secret, never a body. */
export function createLogger(settings: Pick<Settings, "LOG_LEVEL" | "LOG_FORMAT">): Logger {
  const format = settings.LOG_FORMAT ?? (process.stdout.isTTY ? "text" : "json");
  const options = {
    level: settings.LOG_LEVEL,
    base: { pid: process.pid },
    redact: ["*.password", "*.secret", "*.authorization", "headers.cookie", "headers.authorization"],
  };
  return format === "json" ? pino(options) : pino(options, readable());
}

type Line = { time: number; level: number; msg?: string; pid?: number } & Record<string, unknown>;

/** 12:34:56 warn  message field=value ... */
function readable(): DestinationStream {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const text of chunk.toString().split("\n")) if (text !== "") process.stdout.write(`${render(text)}\n`);
      done();
    },
  });
}

function render(text: string): string {
  const { time, level, msg, pid: _pid, err, ...fields } = JSON.parse(text) as Line & { err?: { stack?: string } };
  const clock = new Date(time).toTimeString().slice(0, 8);
  const label = (pino.levels.labels[level] ?? String(level)).padEnd(5);
  const rest = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return [clock, label, msg ?? "", ...rest].join(" ") + (err?.stack === undefined ? "" : `\n${err.stack}`);
}
