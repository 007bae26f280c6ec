import { describe, expect, test } from "vitest";
import { QUOTA_MAX_PER_DAY, QUOTA_START_PER_DAY } from "../../../server/core/limits.ts";
import type { HostEvent } from "../../../server/core/replication/types.ts";
import { DRAW_AUDIT, DRAW_TRUST } from "../../../server/core/trust/draw.ts";
import { inProgressCap, quotaAfter, quotaLeft, quotaTaken } from "../../../server/core/trust/quota.ts";
import { auditLevel, auditOutcome, isCaughtLie, toRecheck } from "../../../server/core/trust/recheck.ts";
import { decayed, isTrusted, newStanding, noted, trustProbability } from "../../../server/core/trust/standing.ts";
import { playAll } from "./play.ts";

const DAY = 86_400;
const EVENTS: HostEvent[] = ["valid_replicated", "valid_single", "invalid", "outvoted", "error", "noreply"];

describe("consecutive valid results", () => {
  playAll([
    [
      "[R000.12] S64 valid under a quorum adds one, invalid takes all",
      "wu: q=2",
      "cv A 4; cv B 5; cv C 6; send A = 0; send B = 1; report A 0 X; report B 1 Y; expect cvA=4 cvB=5; send C = 2; report C 2 Y; expect cvA=0 cvB=6 cvC=7",
    ],
    ["S64 a single result adds nothing", "wu: q=1", "cv A 4; send A = 0; report A 0 X; expect cvA=4"],
    [
      "S64 kept by an abort, a return, an unchecked and a late result",
      "wu: q=4 delay=10",
      "cv A 1; cv B 2; cv C 3; cv D 4; send A = 0; send B = 1; send C = 2; send D = 3; fail A 0 by=user; fail B 1 by=server; return C 2; report D 3 X; cancel; expect cvA=1 cvB=2 cvC=3 cvD=4",
    ],
  ]);

  test("[R000.12] S64 what each event does to c and to the totals", () => {
    const before = { ...newStanding(0), consecutiveValid: 7 };
    const after = EVENTS.map((event) => noted(before, event, 100));
    expect(after.map((standing) => standing.consecutiveValid)).toEqual([8, 7, 0, 0, 0, 0]);
    expect(after.map(({ valid, invalid, errors, noReplies }) => [valid, invalid, errors, noReplies].join(""))).toEqual([
      "1000",
      "1000",
      "0100",
      "0100",
      "0010",
      "0001",
    ]);
    expect(after.every((standing) => standing.changedSeconds === 100)).toBe(true);
  });

  test.each([
    [20, 30 * DAY - 1, 20],
    [20, 30 * DAY, 10],
    [21, 59 * DAY, 10],
    [20, 60 * DAY, 5],
    [20, 150 * DAY, 0],
    [20, -5, 20],
  ])("S65 c = %i after %i idle seconds is %i", (consecutiveValid, idle, expected) => {
    expect(decayed({ consecutiveValid, changedSeconds: 1000 }, 1000 + idle)).toBe(expected);
  });

  test("S65 whatever is noted ends the idle time, and starts from what is left", () => {
    const standing = noted({ ...newStanding(0), consecutiveValid: 20 }, "valid_replicated", 30 * DAY);
    expect([standing.consecutiveValid, decayed(standing, 59 * DAY), decayed(standing, 60 * DAY)]).toEqual([11, 11, 5]);
    expect(noted({ ...newStanding(0), consecutiveValid: 20 }, "valid_single", 29 * DAY).consecutiveValid).toBe(20);
  });

  test.each([
    [0, 0],
    [9, 0],
    [10, 0.9],
    [19, 1 - 1 / 19],
    [20, 0.95],
    [21, 0.95],
    [1e6, 0.95],
  ])("S66 c = %i is trusted with probability %d", (c, probability) => {
    expect(trustProbability(c)).toBe(probability);
    expect(isTrusted(c, probability)).toBe(false);
    expect(isTrusted(c, Math.max(0, probability - 1e-12))).toBe(probability > 0);
  });

  test("S66 the branches", () => {
    expect([isTrusted(9, DRAW_TRUST), isTrusted(10, DRAW_TRUST), isTrusted(1e9, DRAW_AUDIT)]).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe("re-checks", () => {
  const accepted = [
    { workunitId: "1", resultId: "11", hostId: "A", validSeconds: 0 },
    { workunitId: "2", resultId: "12", hostId: "A", validSeconds: 1000 },
    { workunitId: "3", resultId: "13", hostId: "B", validSeconds: 1000 },
    { workunitId: "4", resultId: "14", hostId: "A", validSeconds: 2000 },
    { workunitId: "4", resultId: "15", hostId: "A", validSeconds: 2001 },
  ];

  test("S67 the host's single acceptances of the last seven days, each once", () => {
    expect(toRecheck("A", accepted, new Set(), 7 * DAY)).toEqual(["1", "2", "4"]);
    expect(toRecheck("A", accepted, new Set(), 7 * DAY + 1)).toEqual(["2", "4"]);
    expect(toRecheck("A", accepted, new Set(["2"]), 7 * DAY + 1)).toEqual(["4"]);
  });

  test("S67 a lie is an invalid output; an error or silence is none", () => {
    expect(EVENTS.filter(isCaughtLie)).toEqual(["invalid", "outvoted"]);
  });

  test("S68 an audit is never a single result", () => {
    expect([null, 2, 3].map(auditLevel)).toEqual([2, 2, 3]);
  });

  test("S68 what an audit says", () => {
    expect(auditOutcome({ state: "open", agrees: null })).toBe("waiting");
    expect(auditOutcome({ state: "completed", agrees: true })).toBe("confirmed");
    expect(auditOutcome({ state: "completed", agrees: false })).toBe("recalled");
    expect(auditOutcome({ state: "completed", agrees: null })).toBe("undecided");
    expect(auditOutcome({ state: "failed", agrees: null })).toBe("undecided");
  });
});

describe("quota", () => {
  test("S69 rises by a number, falls by half, never to 0 and never without end", () => {
    expect(EVENTS.map((event) => quotaAfter(1000, event))).toEqual([1020, 1020, 500, 750, 500, 500]);
    expect(quotaAfter(1, "error")).toBe(1);
    expect(quotaAfter(QUOTA_MAX_PER_DAY, "valid_single")).toBe(QUOTA_MAX_PER_DAY);
  });

  test("[R000.23] S69 a host that only fails is at one a day within 14 failures and earns its way back", () => {
    let quota = QUOTA_START_PER_DAY;
    for (let failure = 0; failure < 14; failure += 1) quota = quotaAfter(quota, "error");
    expect(quota).toBe(1);
    let results = 0;
    // What a day's quota earns may be spent on the same day.
    for (let used = 0; used < quota && results < 200; used += 1, results += 1)
      quota = quotaAfter(quota, "valid_replicated");
    expect(quota).toBe(1 + 200 * 20);
  });

  test("[R000.23] S69 hardware with 1 % errors keeps thousands a day", () => {
    let quota = QUOTA_START_PER_DAY;
    for (let result = 1; result <= 20_000; result += 1)
      quota = quotaAfter(quota, result % 100 === 0 ? "error" : "valid_single");
    expect(quota).toBeGreaterThan(1900);
  });

  test("S69 what is left today; 0 is no quota at all", () => {
    const use = { quotaPerDay: 10, quotaDay: 3, quotaUsed: 9 };
    expect(quotaLeft(use, 4 * DAY - 1)).toBe(1);
    expect(quotaLeft(use, 4 * DAY)).toBe(10);
    expect(quotaLeft({ ...use, quotaUsed: 12 }, 3 * DAY)).toBe(0);
    expect(quotaLeft({ ...use, quotaPerDay: 0 }, 3 * DAY)).toBe(Number.POSITIVE_INFINITY);
    expect(quotaTaken(use, 2, 3 * DAY)).toEqual({ quotaPerDay: 10, quotaDay: 3, quotaUsed: 11 });
    expect(quotaTaken(use, 2, 5 * DAY)).toEqual({ quotaPerDay: 10, quotaDay: 5, quotaUsed: 2 });
  });

  test.each([
    [1, 128],
    [32, 128],
    [33, 132],
    [256, 1024],
  ])("S70 %i cores: at most %i in progress", (cores, cap) => {
    expect(inProgressCap(cores)).toBe(cap);
  });
});
