import { describe, expect, it } from "vitest";
import { pickAt, placesToTry } from "../../../server/core/submission/pick.ts";
import type { Read } from "../../../server/core/submission/reader.ts";

describe("what a dry run tries", () => {
  it.each([
    [0, []],
    [1, [0]],
    [2, [0, 1]],
    [3, [0, 1, 2]],
    [4, [0, 1, 3]],
    [300, [0, 149, 299]],
    [100_000, [0, 49_999, 99_999]],
  ])("of %i: first, middle and last", (count, places) => {
    expect(placesToTry(count)).toEqual(places);
  });

  /** Numbers from 0, every third of which is no good; it tells how far it was read. */
  function source(length: number) {
    const read = { lines: 0 };
    async function* reads(): AsyncGenerator<Read<number>> {
      for (let line = 1; line <= length; line++) {
        read.lines = line;
        yield line % 3 === 0 ? { line, fault: "no good" } : { line, value: line };
      }
    }
    return { read, reads: reads() };
  }

  it("counts the good ones alone", async () => {
    const { reads } = source(9);
    expect(await pickAt(reads, [0, 2, 5])).toEqual([
      { number: 1, value: 1 },
      { number: 3, value: 4 },
      { number: 6, value: 8 },
    ]);
  });

  it("reads no further than it must, and nothing for nothing", async () => {
    const some = source(1_000);
    await pickAt(some.reads, [0, 1]);
    expect(some.read.lines).toBe(2);
    const none = source(1_000);
    expect(await pickAt(none.reads, [])).toEqual([]);
    expect(none.read.lines).toBe(0);
  });
});
