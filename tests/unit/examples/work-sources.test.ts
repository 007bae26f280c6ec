import { describe, expect, test } from "vitest";
import type { WorkunitInput } from "../../../server/batch/submit-batch.ts";
import { type AtlasLevel, FIRST_LEVEL, levelTiles, nextLevel } from "../../../server/examples/atlas-tiles.ts";
import { WORK_SOURCES } from "../../../server/examples/work-sources.ts";

const inputs = (workunits: readonly WorkunitInput[]) =>
  workunits.map(({ input }) => (input instanceof Uint8Array ? new TextDecoder().decode(input) : JSON.stringify(input)));

describe("work of the example projects", () => {
  test("the stored levels of the atlas are what the generator gives", async () => {
    let level: AtlasLevel = FIRST_LEVEL;
    for (let number = 0; number < 24; number += 1) {
      const { workunits } = await WORK_SOURCES.atlas.round(number, null);
      expect(inputs(workunits)).toEqual(levelTiles(level).map((tile) => tile.input));
      level = nextLevel(level);
    }
  });

  test("after the last stored level the generator goes on by itself", async () => {
    let number = 1_300;
    let state: unknown = null;
    while (state === null) {
      ({ state } = await WORK_SOURCES.atlas.round(number, null));
      number += 1;
      if (number > 5_000) throw new Error("the stored levels do not end");
    }
    const { workunits, state: later } = await WORK_SOURCES.atlas.round(number, state);
    expect(inputs(workunits)).toEqual(levelTiles(state as AtlasLevel).map((tile) => tile.input));
    expect(later).toEqual(nextLevel(state as AtlasLevel));
  });

  test.each(["align", "ising", "cluster"] as const)(
    "%s: a round is the same whenever it is asked for, and the next differs in name",
    async (kernel) => {
      const rounds = [await WORK_SOURCES[kernel].round(4, null), await WORK_SOURCES[kernel].round(4, null)];
      expect(rounds[0]).toEqual(rounds[1]);
      const next = await WORK_SOURCES[kernel].round(5, null);
      const names = new Set(rounds[0]?.workunits.map(({ name }) => name));
      expect(next.workunits.filter(({ name }) => names.has(name))).toEqual([]);
      for (const { flops } of next.workunits) expect(flops).toBeGreaterThan(1e10);
    },
  );
});
