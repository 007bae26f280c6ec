import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { WorkunitInput } from "../../../server/batch/submit-batch.ts";
import { type AtlasLevel, FIRST_LEVEL, levelTiles, nextLevel } from "../../../server/examples/atlas-tiles.ts";
import { type Round, WORK_SOURCES } from "../../../server/examples/work-sources.ts";

const inputs = (workunits: readonly WorkunitInput[]) => workunits.map(({ input }) => new TextDecoder().decode(input));

/** A round's files are megabytes: their digests say whether they are equal. */
const withDigests = ({ files = {}, ...rest }: Round) => ({
  ...rest,
  files: Object.entries(files).map(([name, bytes]) => [name, createHash("sha256").update(bytes).digest("hex")]),
});

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
      const round = async (number: number) => withDigests(await WORK_SOURCES[kernel].round(number, null));
      const [first, again, next] = [await round(4), await round(4), await round(5)];
      expect(again).toEqual(first);
      const names = new Set(first.workunits.map(({ name }) => name));
      expect(next.workunits.filter(({ name }) => names.has(name))).toEqual([]);
      // Sets of reads differ; the other projects give all their workunits the same files.
      expect(next.files.length).toBe(kernel === "align" ? 1 : 0);
      for (const file of next.files) expect(first.files).not.toContainEqual(file);
      for (const { flops } of next.workunits) expect(flops).toBeGreaterThan(1e10);
    },
  );
});
