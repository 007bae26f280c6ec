import { describe, expect, it } from "vitest";
import {
  type AtlasLevel,
  FIRST_LEVEL,
  fromHexadecimal,
  hexadecimal,
  levelTiles,
  MAX_ITERATIONS,
  nextLevel,
} from "../../../server/examples/atlas-tiles.ts";
import { estimateIterations, ONE, referenceOrbit, toNumber } from "../../../server/examples/orbit.ts";
import { iterations } from "../../oracles/atlas.ts";

function levels(from: AtlasLevel, count: number): AtlasLevel[] {
  const result = [from];
  while (result.length < count) result.push(nextLevel(result.at(-1) as AtlasLevel));
  return result;
}

const field = (input: string, key: string): string => new RegExp(`^${key}=(.*)$`, "m").exec(input)?.[1] ?? "";

describe("the tiles of the atlas", () => {
  it("begin with the whole set, then dive from depth 5 on", () => {
    expect(levels(FIRST_LEVEL, 7).map(({ number, dive, depth }) => [number, dive, depth])).toEqual([
      [0, -1, 0],
      [1, -1, 1],
      [2, -1, 2],
      [3, -1, 3],
      [4, -1, 4],
      [5, 0, 5],
      [6, 0, 6],
    ]);
  });

  it("never end: another dive follows, deterministic, to another place", () => {
    const endOfFirst: AtlasLevel = { ...(levels(FIRST_LEVEL, 6)[5] as AtlasLevel), number: 88, depth: 88 };
    const [, second, third] = levels(endOfFirst, 3) as [AtlasLevel, AtlasLevel, AtlasLevel];
    expect(second).toMatchObject({ number: 89, dive: 1, depth: 5 });
    expect(third).toMatchObject({ number: 90, dive: 1, depth: 6 });
    expect(second.centreX).not.toBe(endOfFirst.centreX);
    expect(nextLevel(endOfFirst)).toEqual(second);
    expect(nextLevel(JSON.parse(JSON.stringify(second)))).toEqual(third);
  }, 30_000);

  it("are inputs of 11 to 51 seconds by the estimate, each of its own square", () => {
    for (const level of levels(FIRST_LEVEL, 8)) {
      const tiles = levelTiles(level);
      expect(levelTiles(level)).toEqual(tiles);
      expect(tiles.length).toBeGreaterThan(0);
      for (const { side, estimatedIterations, input, maxIterations } of tiles) {
        expect(field(input, "width")).toBe(String(side));
        expect(field(input, "max_iterations")).toBe(String(maxIterations));
        expect(estimatedIterations).toBeGreaterThan(1_080 * 1024 ** 2 - 1);
        expect(estimatedIterations).toBeLessThan(4_300 * 1024 ** 2);
      }
      expect(new Set(tiles.map(({ input }) => input)).size).toBe(tiles.length);
    }
  }, 30_000);

  it("fill their level without a gap", () => {
    const level = levels(FIRST_LEVEL, 8)[7] as AtlasLevel; // the first dive at depth 7
    const width = (3n * ONE) >> 7n;
    for (const { column, row, grid, side, input } of levelTiles(level)) {
      const left = fromHexadecimal(level.centreX) - width / 2n + (width / 4n) * BigInt(column);
      expect(grid).toBe(4);
      expect(field(input, "left")).toBe(hexadecimal(left));
      const top = fromHexadecimal(level.centreY) + width / 2n - (width / 4n) * BigInt(row);
      expect(field(input, "top")).toBe(hexadecimal(top));
      expect(fromHexadecimal(field(input, "step")) * BigInt(side)).toBe(width / 4n - ((width / 4n) % BigInt(side)));
    }
  });
});

describe("the estimate of iteration counts", () => {
  it.each([4n, 20n, 50n, 80n])("is nearly always exact at 2^-%s", (depth) => {
    const centre = {
      x: fromHexadecimal("ff41a08de14e1a0d629390105818cbd7"),
      y: fromHexadecimal("0021bf57ab53d35b122b6fd1552001e4"),
    };
    const limit = 6000;
    const orbit = referenceOrbit(centre.x, centre.y, limit);
    let same = 0;
    for (let i = 0; i < 25; i++) {
      const dx = (BigInt((i % 5) - 2) * (ONE >> depth)) / 5n;
      const dy = (BigInt(Math.floor(i / 5) - 2) * (ONE >> depth)) / 5n;
      const estimate = estimateIterations(orbit, toNumber(dx), toNumber(dy), limit);
      if (estimate === iterations(centre.x + dx, centre.y + dy, limit)) same++;
    }
    expect(same).toBeGreaterThanOrEqual(24);
  });

  it("holds on the reference itself and where the reference escapes at once", () => {
    expect(estimateIterations(referenceOrbit(0n, 0n, MAX_ITERATIONS), 0, 0, MAX_ITERATIONS)).toBe(MAX_ITERATIONS);
    expect(estimateIterations(referenceOrbit(3n * ONE, 0n, 100), 0, 0, 100)).toBe(1);
    expect(estimateIterations(referenceOrbit(3n * ONE, 0n, 100), -3, 0, 100)).toBe(100);
  });
});
