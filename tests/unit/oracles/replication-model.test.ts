import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { randomTimeline } from "../../oracles/random-timeline.ts";
import { replay } from "../../oracles/run-timeline.ts";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "timelines");
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith(".timeline"));

type TraceLine = {
  nowSeconds: number;
  state: {
    canon: number | null;
    err: string[];
    asm: string;
    q: number;
    target: number;
    n: number;
    files: string;
    results: { state: string; outcome: string; validation: string; credit: number }[];
    cv: Record<string, number>;
    sent: number | null;
  };
};

function traceOf(text: string): TraceLine[] {
  const done = replay("file", text);
  expect(done.verdict).toMatch(/^ok /);
  return done.trace.map((line) => JSON.parse(line) as TraceLine);
}

describe("the model of the replication rules", () => {
  test("there are timelines to replay", () => {
    expect(FILES.length).toBeGreaterThanOrEqual(50);
  });

  test.each(FILES)("%s", (file) => {
    const text = readFileSync(join(FOLDER, file), "utf8");
    expect(replay(file, text).verdict).toMatch(/^ok /);
    expect(text).toMatch(/^- (at \d+ )?expect /m);
  });

  test("says what failed, where, and what is malformed", () => {
    const head = "name: x\nwu: q=1\nhosts: A\n";
    expect(replay("f", `${head}- send A = 1\n`)).toMatchObject({ verdict: "FAIL x: line 4: send: expected 1, is 0" });
    expect(replay("f", `${head}- expect canon=0 n=2\n`)).toMatchObject({
      verdict: "FAIL x: line 4: canon: expected 0, is none",
      exitStatus: 1,
    });
    for (const step of [
      "jump",
      "send B = 0",
      "report A 7 X",
      "expect i4=UNSENT/-/init",
      "expect cvB=1",
      "settle now",
    ]) {
      const done = replay("f", `${head}- settle\n- ${step}\n`);
      expect(done.verdict).toMatch(/^ERROR f: line 5: /);
      expect(done.exitStatus).toBe(2);
    }
    expect(replay("f", `${head}- at 5 settle\n- at 4 settle\n`).verdict).toBe("ERROR f: line 5: time goes back");
  });

  test("the trace has one line per executed step, up to the failure", () => {
    const { trace } = replay(
      "f",
      "name: x\nwu: q=1\nhosts: A B\n- send A = 0\n- at 7 report A 0 X\n- expect canon=1\n- settle\n",
    );
    expect(trace).toHaveLength(3);
    expect(JSON.parse(trace[2] ?? "")).toEqual({
      file: "f",
      line: 6,
      step: "expect canon=1",
      nowSeconds: 7,
      failed: ["canon: expected 1, is 0"],
      state: {
        canon: 0,
        err: [],
        asm: "ready",
        q: 1,
        target: 1,
        n: 1,
        files: "kept",
        results: [{ state: "OVER", outcome: "ok", validation: "VALID", credit: 1.5 }],
        cv: { A: 0, B: 0 },
        sent: null,
      },
    });
  });
});

describe("random timelines", () => {
  test("the same seed gives the same text, another seed another", () => {
    expect(randomTimeline(5)).toBe(randomTimeline(5));
    expect(randomTimeline(5)).not.toBe(randomTimeline(6));
  });

  test.each([false, true])("300 of them replay, and what must never happen does not (contested: %s)", (contested) => {
    let decided = 0;
    for (let seed = 0; seed < 300; seed++) {
      const trace = traceOf(randomTimeline(seed, { contested }));
      trace.forEach((line, index) => {
        checkState(line);
        const before = trace[index - 1];
        if (before !== undefined) checkMove(before, line);
      });
      if (trace.at(-1)?.state.canon !== null) decided += 1;
    }
    expect(decided).toBeGreaterThan(60);
  });
});

function checkState({ state }: TraceLine): void {
  const over = state.canon !== null || state.err.length > 0;
  expect(state.canon !== null && state.err.length > 0).toBe(false);
  expect(state.asm === "init").toBe(!over);
  if (over) expect(state.results.filter((result) => result.state === "UNSENT")).toEqual([]);
  if (state.canon !== null) expect(state.results[state.canon]).toMatchObject({ outcome: "ok", validation: "VALID" });
  if (state.files === "deleted") expect(state.asm).toBe("done");
  if (state.files === "deleted") expect(state.results.some((result) => result.state === "SENT")).toBe(false);
  expect(new Set(state.results.map((result) => result.credit).filter((credit) => credit > 0)).size).toBeLessThanOrEqual(
    1,
  );
  for (const result of state.results) {
    if (result.credit > 0) expect(["VALID", "nocheck"]).toContain(result.validation);
    if (result.validation === "VALID") expect(result.credit).toBeGreaterThan(0);
    if (state.err.length > 0 && result.outcome === "ok") expect(result.validation).toBe("nocheck");
  }
}

function checkMove(before: TraceLine, after: TraceLine): void {
  expect(after.nowSeconds).toBeGreaterThanOrEqual(before.nowSeconds);
  expect(after.state.n).toBeGreaterThanOrEqual(before.state.n);
  expect(after.state.q).toBeGreaterThanOrEqual(before.state.q);
  expect(after.state.target).toBeGreaterThanOrEqual(before.state.target);
  if (before.state.asm === "init") return;
  const { canon, err, n, q, target } = before.state;
  expect(after.state).toMatchObject({ canon, err, n, q, target });
  before.state.results.forEach((result, index) => {
    expect(after.state.results[index]?.credit).toBeGreaterThanOrEqual(result.credit);
  });
}
