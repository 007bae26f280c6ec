import { describe, expect, test } from "vitest";
import { cobblestones, creditMicro } from "../../../server/core/credit/cobblestones.ts";
import { emptyBalance, folded, type LedgerEntry } from "../../../server/core/credit/fold.ts";
import { averageNow, updatedAverage } from "../../../server/core/credit/recent-average.ts";
import { playAll } from "./play.ts";

const WEEK = 604_800;

describe("credit", () => {
  test.each([
    [648e9, 1_500_000],
    [432e9, 1_000_000],
    [0, 0],
    [215_999, 0],
    [216_000, 1],
    [431_999, 1],
    [647_999, 1],
    [648_000, 2],
    [215_999.999_999, 0],
    [1e21, 2_314_814_814_814_815],
    // Where whole * 432000 is no exact double any more.
    [3_618_923_846_718_456_000, 8_377_138_534_070],
    [432_000 * 9_007_199_254, 9_007_199_254],
  ])("S63 %d operations are %i micro-cobblestones", (flops, micro) => {
    expect(creditMicro(flops)).toBe(micro);
  });

  test("S63 in cobblestones", () => expect(cobblestones(1_500_000)).toBe(1.5));

  playAll([
    [
      "S63 all valid results get the same, stragglers too, the invalid nothing",
      "wu: q=2 target=4 flops=216000",
      "send A = 0; send B = 1; send C = 2; send D = 3; report A 0 X; report B 1 X; report C 2 X; report D 3 Y; expect credeq=0,1,2 cred3=0",
    ],
    ["S63 nothing is granted before it is valid", "wu: q=2", "send A = 0; report A 0 X; expect cred0=0"],
  ]);

  test("S71 the check values", () => {
    const start = { perDay: 0, seconds: 1_000_000 };
    const dayLater = updatedAverage(start, 100, 1_086_400);
    expect(dayLater.perDay).toBeCloseTo(9.427633573609329, 12);
    const sameInstant = updatedAverage(dayLater, 100, 1_086_400);
    expect(sameInstant.perDay).toBeCloseTo(19.329736153037118, 12);
    expect(sameInstant.seconds).toBe(1_086_400);
  });

  test("S71 it halves in a week", () => {
    expect(averageNow({ perDay: 10, seconds: 0 }, WEEK)).toBeCloseTo(5, 12);
    expect(updatedAverage({ perDay: 10, seconds: 0 }, 0, WEEK).perDay).toBeCloseTo(5, 12);
  });

  test("S71 time that runs back counts as none", () => {
    const back = updatedAverage({ perDay: 10, seconds: 500 }, 100, 400);
    expect(back).toEqual({ perDay: 10 + (Math.LN2 * 100 * 86_400) / WEEK, seconds: 500 });
    expect(averageNow({ perDay: 10, seconds: 500 }, 400)).toBe(10);
  });

  test("S71 a short time is its limit: no jump where the formula changes", () => {
    const start = { perDay: 3, seconds: 0 };
    const [under, over] = [0.8, 0.9].map((elapsed) => updatedAverage(start, 100, elapsed).perDay);
    expect(Math.abs((under ?? 0) - (over ?? 1))).toBeLessThan(1e-4);
  });

  const entry = (id: bigint, amountMicro: bigint, grantedSeconds: number): LedgerEntry => ({
    id,
    amountMicro,
    grantedSeconds,
  });
  const entries = [
    entry(10n, 3_000_000n, 500),
    entry(9n, 1_500_000n, 500),
    entry(2n, 1_500_000n, 90_000),
    entry(4n, -1_500_000n, 200_000),
  ];

  test("S72 total, number of results and average, reversals included", () => {
    const balance = folded(emptyBalance(0), entries);
    expect([balance.totalMicro, balance.nResults, balance.recent.seconds]).toEqual([4_500_000n, 2n, 200_000]);
  });

  test("S72 the same in any number of rounds and any order of reading", () => {
    const once = folded(emptyBalance(0), entries.toReversed());
    const byTime = [...entries].sort((a, b) => a.grantedSeconds - b.grantedSeconds || Number(a.id - b.id));
    const oneByOne = byTime.reduce((balance, next) => folded(balance, [next]), emptyBalance(0));
    expect(oneByOne).toEqual(once);
    expect(folded(emptyBalance(0), entries)).toEqual(once);
    expect(folded(once, [])).toEqual(once);
  });
});
