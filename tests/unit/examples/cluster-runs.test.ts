import { describe, expect, it } from "vitest";
import { CLUSTER_SIZES, clusterRound } from "../../../server/examples/cluster-runs.ts";

describe("workunits of the cluster project", () => {
  it("search every size from 2 to 13 with seeds that never repeat", () => {
    const runs = [0, 1, 2].flatMap(clusterRound);
    expect([...new Set(runs.map((run) => run.atoms))]).toEqual([...CLUSTER_SIZES]);
    expect(new Set(runs.map((run) => run.input)).size).toBe(runs.length);
    expect(CLUSTER_SIZES).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  });

  it("take 10 to 60 s on one core and say how much work they are", () => {
    for (const run of clusterRound(0)) {
      expect(run.estimatedSeconds).toBeGreaterThan(10);
      expect(run.estimatedSeconds).toBeLessThan(60);
      const value = (key: string) => Number(new RegExp(`^${key}=(.*)$`, "m").exec(run.input)?.[1]);
      expect(value("atoms")).toBe(run.atoms);
      expect(value("seed")).toBe(run.seed);
      expect(value("walkers") * value("moves") * value("cycles")).toBe(run.moves);
    }
  });

  it("are the same whenever they are asked for, and never end", () => {
    expect(clusterRound(7)).toEqual(clusterRound(7));
    expect(clusterRound(1_000_000)).toHaveLength(clusterRound(0).length);
    expect(() => clusterRound(-1)).toThrow(RangeError);
    expect(() => clusterRound(Number.NaN)).toThrow(RangeError);
  });
});
