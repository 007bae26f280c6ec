import { expect, test } from "vitest";
import { randomTimeline } from "../../oracles/random-timeline.ts";
import { replay as replayModel } from "../../oracles/run-timeline.ts";
import { replay } from "./replay.ts";

/** The core and an independent model of the same text go through the same states, step by step. */
const TIMELINES = process.env["QUORATE_TEST_SIZE"] === "full" ? 50_000 : 500;

test.each([false, true])(
  `${TIMELINES} random timelines, contested steps %s: core and model agree`,
  (contested) => {
    for (let seed = 1; seed <= TIMELINES; seed += 1) {
      const text = randomTimeline(seed, { contested });
      const model = replayModel("random", text).trace.map((line) => {
        const { line: number, failed, state } = JSON.parse(line);
        return { line: number, failed, state };
      });
      const core = replay(text).map(({ line, failed, state }) => ({ line, failed, state }));
      expect(core, `seed ${seed}\n${text}`).toEqual(model);
    }
  },
  600_000,
);
