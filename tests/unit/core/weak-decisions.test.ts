import { describe, expect, test } from "vitest";
import { QUOTA_START_PER_DAY } from "../../../server/core/limits.ts";
import type { HostEvent } from "../../../server/core/replication/types.ts";
import { quotaAfter } from "../../../server/core/trust/quota.ts";
import { World, type WorldOptions } from "./world.ts";

/** Being on the losing side counts less when the decision was weak. */

const HOSTS = ["A", "B", "C", "D", "E", "F"];

/** Results are sent to A, B, C... and reported in that order with these outputs. */
function answered(outputs: string, options: Partial<WorldOptions> = {}): World {
  const world = new World({
    hosts: HOSTS.join(" "),
    minQuorum: 2,
    targetNResults: outputs.length,
    maxSuccessResults: 0,
    ...options,
  });
  const hosts = HOSTS.slice(0, outputs.length);
  for (const host of hosts) world.send(host);
  for (const [index, host] of hosts.entries()) world.report(host, index, outputs[index] ?? "");
  return world;
}

function eventsOf(world: World, host: string): HostEvent[] {
  return world.log.flatMap((action) => (action.type === "note_host" && action.hostId === host ? [action.event] : []));
}

describe("weak decisions", () => {
  test.each<[outputs: string, loser: string, event: HostEvent, why: string]>([
    ["aab", "C", "outvoted", "two against one, the loser last"],
    ["baa", "A", "outvoted", "two against one, the loser first"],
    ["aaab", "D", "invalid", "three against one"],
    ["aaabb", "E", "outvoted", "three against two, one of whom had lost before"],
    ["aabb", "D", "outvoted", "two against two, judged one by one"],
  ])("[R000.12] S80 %s costs %s: %s", (outputs, loser, event) => {
    const world = answered(outputs);
    expect(world.canon()).toBe(outputs.indexOf("a"));
    expect(eventsOf(world, loser)).toEqual([event]);
  });

  test("[R000.12] S80 all losers of one decision are told the same, whatever their order", () => {
    // Three must agree; two lose when the last one reports, three against two.
    const world = answered("abaca".replaceAll("c", "b"), { minQuorum: 5 });
    expect(world.canon()).toBe(0);
    expect([eventsOf(world, "B"), eventsOf(world, "D")]).toEqual([["outvoted"], ["outvoted"]]);
    const clear = answered("abaaa", { minQuorum: 5 });
    expect(eventsOf(clear, "B")).toEqual(["invalid"]);
  });

  test("[R000.12] S80 a lost vote takes all of c, but a quarter of the quota instead of half", () => {
    const [weak, clear] = [answered("aab"), answered("aaab")];
    expect([weak.cv("C"), clear.cv("D")]).toEqual([0, 0]);
    const left = ([event]: HostEvent[]) => (event === undefined ? null : quotaAfter(QUOTA_START_PER_DAY, event));
    expect(left(eventsOf(weak, "C"))).toBe(7_500);
    expect(left(eventsOf(clear, "D"))).toBe(5_000);
    expect(left(eventsOf(weak, "A"))).toBe(10_020);
    expect(quotaAfter(1, "outvoted")).toBe(1);
  });

  test("[R000.12][R000.19] S80 what a verifier rejects is never weak", () => {
    const world = new World({ hosts: "A B", policy: { type: "verified" }, targetNResults: 2 });
    world.send("A");
    world.send("B");
    world.report("A", 0, "good");
    world.verified(0, "passed");
    world.report("B", 1, "bad");
    world.verified(1, "rejected");
    expect([world.canon(), world.shown(1)]).toEqual([0, "OVER/ok/INVALID"]);
    expect(eventsOf(world, "B")).toEqual(["invalid"]);
  });
});
