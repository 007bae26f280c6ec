import { expect, test } from "vitest";
import { firstFailure } from "./replay.ts";

/** [title, header lines separated by " | ", steps separated by "; "], in the notation of tests/timelines/FORMAT.md. */
export type Case = readonly [title: string, header: string, steps: string];

/** One test per case, on the pure core. Hosts are A B C D E F where the header names none. */
export function playAll(cases: readonly Case[]): void {
  test.each(cases)("%s", (_title, header, steps) => {
    expect(firstFailure(timelineText(header, steps))).toBeNull();
  });
}

export function timelineText(header: string, steps: string): string {
  const headers = header.split(" | ");
  if (!headers.some((line) => line.startsWith("hosts:"))) headers.push("hosts: A B C D E F");
  const lines = steps.split(";").map((step) => `- ${step.trim()}`);
  return [...headers, ...lines].join("\n");
}
