import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { randomTimeline } from "../oracles/random-timeline.ts";
import { replay } from "../oracles/run-timeline.ts";
import { runTimelineCommand } from "./run-timeline-command.ts";

/** Seeds of the generator; a history is 15 to 55 steps of every kind by one to six hosts. */
const HISTORIES = process.env["QUORATE_TEST_SIZE"] === "full" ? 1_000 : 60;

interface TraceLine {
  file: string;
  state: { err: string[]; target: number };
}

/** The target of a workunit that ended with errors means nothing any more, and the rules do not say what it is. */
function comparable(line: TraceLine): TraceLine {
  return line.state.err.length === 0 ? line : { ...line, state: { ...line.state, target: 0 } };
}

describe("random histories: the engine on PostgreSQL against a second, independent implementation of the rules", () => {
  const folder = mkdtempSync(join(tmpdir(), "histories-"));
  const seeds = Array.from({ length: HISTORIES }, (_, index) => index + 1);
  const byFile = new Map<string, TraceLine[]>();
  const pathOf = (seed: number) => join(folder, `${seed}.timeline`);
  const textOf = (seed: number) => randomTimeline(seed, { contested: seed % 2 === 0 });

  beforeAll(async () => {
    for (const seed of seeds) writeFileSync(pathOf(seed), textOf(seed));
    const { lines } = await runTimelineCommand(inject("postgresUrl"), ["--trace", ...seeds.map(pathOf)]);
    for (const line of lines) {
      const parsed = JSON.parse(line) as TraceLine;
      byFile.set(parsed.file, [...(byFile.get(parsed.file) ?? []), parsed]);
    }
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(seeds)("seed %i: the same state after every step", (seed) => {
    const model = replay(pathOf(seed), textOf(seed)).trace.map((line) => comparable(JSON.parse(line) as TraceLine));
    expect(model.length).toBeGreaterThan(0);
    expect((byFile.get(pathOf(seed)) ?? []).map(comparable)).toEqual(model);
  });
});
