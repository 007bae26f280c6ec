import { describe, expect, test } from "vitest";
import { findProblems, type Observed } from "../../../server/status/find-problems.ts";

const NOW = 1_700_000_000;
const FINE: Observed = {
  nowSeconds: NOW,
  countedSeconds: NOW - 40,
  unsent: 10,
  inProgress: 3,
  hostsOnline: 2,
  oldestWaitingSeconds: 100,
  diskFull: false,
  clockJump: null,
  handlers: [],
};
const kinds = (change: Partial<Observed>) => findProblems({ ...FINE, ...change }).map((problem) => problem.kind);

describe("what the status page says is wrong", () => {
  test.each<[string, Partial<Observed>, string[]]>([
    ["nothing is", {}, []],
    ["a site that was never counted is new, not broken", { countedSeconds: null }, []],
    ["the disk", { diskFull: true }, ["disk_full"]],
    ["counted 299 s ago", { countedSeconds: NOW - 299 }, []],
    ["counted 300 s ago", { countedSeconds: NOW - 300 }, ["sweeper_late"]],
    ["counted in the future", { countedSeconds: NOW + 5_000 }, []],
    ["a jump just now", { clockJump: { atSeconds: NOW - 60, bySeconds: -3_600 } }, ["clock_jump"]],
    ["a jump of yesterday", { clockJump: { atSeconds: NOW - 90_000, bySeconds: 3_600 } }, []],
    ["work and nobody", { hostsOnline: 0 }, ["no_volunteers"]],
    ["nobody, and the last results are out", { hostsOnline: 0, unsent: 0 }, []],
    ["nothing to do", { unsent: 0, inProgress: 0 }, ["no_work"]],
    ["an answer that waits two days", { oldestWaitingSeconds: 172_800 }, ["waiting_long"]],
    ["an answer that waits a second less", { oldestWaitingSeconds: 172_799 }, []],
    [
      "a handler failing for a day",
      { handlers: [{ project: "a", failingSinceSeconds: NOW - 86_400 }] },
      ["handler_failing"],
    ],
    ["a handler failing for less", { handlers: [{ project: "a", failingSinceSeconds: NOW - 86_399 }] }, []],
    [
      "all of it, worst first",
      { diskFull: true, countedSeconds: 0, hostsOnline: 0, handlers: [{ project: "a", failingSinceSeconds: 0 }] },
      ["disk_full", "sweeper_late", "no_volunteers", "handler_failing"],
    ],
  ])("%s", (_name, change, expected) => {
    expect(kinds(change)).toEqual(expected);
  });
});
