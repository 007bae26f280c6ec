import { describe, expect, it } from "vitest";
import { isingRound } from "../../../server/examples/ising-runs.ts";

describe("workunits of the Ising project", () => {
  it("cover 1 to 4 in every lattice size, twice as fine from the second round, finest around the critical point", () => {
    const temperatures = (round: number) => [...new Set(isingRound(round).map((run) => run.temperature))];
    expect(temperatures(0)).toHaveLength(31);
    expect(temperatures(0).slice(0, 3)).toEqual(["1.00", "1.10", "1.20"]);
    expect(temperatures(0).at(-1)).toBe("4.00");
    expect(temperatures(1).slice(0, 2)).toEqual(["1.05", "1.15"]);
    expect(temperatures(2)).toContain("2.27");
    expect(temperatures(2).every((t) => Math.abs(Number(t) - 2.269) < 0.2)).toBe(true);
    for (const round of [0, 1, 2]) {
      expect(isingRound(round)).toHaveLength(3 * temperatures(round).length);
      expect(new Set(isingRound(round).map((run) => run.size))).toEqual(new Set([16, 32, 64]));
    }
  });

  it("take 10 to 60 s on one core and say how much work they are", () => {
    for (const run of [0, 1, 2].flatMap(isingRound)) {
      expect(run.estimatedSeconds).toBeGreaterThan(10);
      expect(run.estimatedSeconds).toBeLessThan(60);
      const value = (key: string) => Number(new RegExp(`^${key}=(.*)$`, "m").exec(run.input)?.[1]);
      expect(value("size")).toBe(run.size);
      expect(value("size") ** 2 * value("chains") * (value("thermalise") + value("sweeps"))).toBe(run.spinUpdates);
      expect(value("chains") * value("size") ** 2).toBeLessThanOrEqual(2 ** 23);
    }
  });

  it("are the same whenever they are asked for, and never end", () => {
    expect(isingRound(4)).toEqual(isingRound(1));
    expect(isingRound(1_000_000)).toHaveLength(isingRound(1).length);
    expect(() => isingRound(-1)).toThrow(RangeError);
    expect(() => isingRound(0.5)).toThrow(RangeError);
  });
});
