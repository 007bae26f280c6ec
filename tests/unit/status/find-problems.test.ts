import { describe, expect, test } from "vitest";
import { findProblems, type HandlerObserved, type Observed } from "../../../server/status/find-problems.ts";

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
const FINE_HANDLER: HandlerObserved = { project: "a", enabled: true, failingSinceSeconds: null, oldestSeconds: null };
const handlers = (...each: Partial<HandlerObserved>[]): Partial<Observed> => ({
  handlers: each.map((change) => ({ ...FINE_HANDLER, ...change })),
});
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
    ["a handler failing for a day", handlers({ failingSinceSeconds: NOW - 86_400 }), ["told_late", "handler_failing"]],
    ["a handler failing for less", handlers({ failingSinceSeconds: NOW - 86_399 }), ["told_late"]],
    ["a handler that has just failed", handlers({ failingSinceSeconds: NOW }), ["told_late"]],
    ["a message that waits five minutes, though the handler works", handlers({ oldestSeconds: 300 }), ["told_late"]],
    ["a message that waits a second less", handlers({ oldestSeconds: 299 }), []],
    [
      "a handler that its project switched off",
      handlers({ enabled: false, failingSinceSeconds: NOW - 90_000, oldestSeconds: 90_000 }),
      [],
    ],
    [
      "all of it, worst first",
      { diskFull: true, countedSeconds: 0, hostsOnline: 0, ...handlers({ failingSinceSeconds: 0 }) },
      ["disk_full", "sweeper_late", "no_volunteers", "told_late", "handler_failing"],
    ],
  ])("%s", (_name, change, expected) => {
    expect(kinds(change)).toEqual(expected);
  });

  test("projects that are told late are counted, not their handlers", () => {
    const late = { failingSinceSeconds: NOW - 60 };
    const change = handlers(late, { ...late, oldestSeconds: 60 }, { ...late, project: "b" }, { project: "c" });
    expect(findProblems({ ...FINE, ...change })).toEqual([{ kind: "told_late", projects: 2 }]);
  });
});
