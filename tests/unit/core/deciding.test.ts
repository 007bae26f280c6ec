import { describe, expect, test } from "vitest";
import { equalityGroups, largestGroups } from "../../../server/core/replication/groups.ts";
import { agreementNeeded } from "../../../server/core/replication/policies/quorum.ts";
import { inReportOrder } from "../../../server/core/replication/report.ts";
import { playAll } from "./play.ts";

const Q3 = "send A = 0; send B = 1; send C = 2;";

describe("deciding", () => {
  playAll([
    [
      "[R003.8] [R003.10] S12 one success of a quorum of two is not compared",
      "wu: q=2",
      "send A = 0; send B = 1; report A 0 X; expect canon=none i0=OVER/ok/init; report B 1 X; expect canon=0",
    ],
    [
      "[R003.24] S12 enough agree, but the quorum is not there yet",
      "wu: q=3",
      `${Q3} report A 0 X; report B 1 X; expect canon=none i0=OVER/ok/init; report C 2 Y; expect canon=0`,
    ],
    [
      "S12 a quorum of two different outputs is compared and found wanting",
      "wu: q=2 target=3",
      `${Q3} report A 0 X; report B 1 Y; expect canon=none i0=OVER/ok/incon i1=OVER/ok/incon`,
    ],
    [
      "[R003.12] [R000.8] S13 two of three are enough for a quorum of three",
      "wu: q=3",
      `${Q3} report A 0 X; report B 1 Y; report C 2 X; expect canon=0 i1=OVER/ok/INVALID`,
    ],
    [
      "S13 two of four are not enough for a quorum of four",
      "wu: q=4",
      `${Q3} send D = 3; report A 0 X; report B 1 X; report C 2 Y; report D 3 Z; expect canon=none target=5`,
    ],
    ["S13 a quorum of one accepts one", "wu: q=1", "send A = 0; report A 0 X; expect canon=0"],
    [
      "S15 two equal largest groups are no consensus",
      "wu: q=4",
      `${Q3} send D = 3; report A 0 X; report B 1 X; report C 2 Y; report D 3 Y; expect canon=none target=5 n=5`,
    ],
    [
      "[R003.14] S16 the lowest number of the group is canonical, not the first report",
      "wu: q=3",
      `${Q3} report C 2 X; report A 0 Y; report B 1 X; expect canon=1`,
    ],
    [
      "[R003.2] [R003.3] [R003.15] [R003.16] [R000.9] S17 stragglers: one that matches is valid with the same credit, one that does not is invalid",
      "wu: q=2 target=4",
      `${Q3} send D = 3; report A 0 X; report B 1 X; report C 2 X; report D 3 Y; expect canon=0 i2=OVER/ok/VALID credeq=0,1,2 i3=OVER/ok/INVALID cred3=0 cvD=0 cvC=1`,
    ],
    [
      "S17 an earlier success is judged like a later one",
      "wu: q=2",
      "send A = 0; send B = 1; report A 0 Y; report B 1 X; send C = 2; report C 2 X; expect canon=1 i0=OVER/ok/INVALID cred0=0",
    ],
    [
      "[R003.17] [R000.10] S18 no consensus: inconclusive, and one more",
      "wu: q=2",
      "send A = 0; send B = 1; report A 0 X; report B 1 Y; expect i0=OVER/ok/incon i1=OVER/ok/incon target=3 n=3 cvA=0",
    ],
    [
      "S18 a target that is high enough stays",
      "wu: q=2 target=4",
      "send A = 0; send B = 1; report A 0 X; report B 1 Y; expect target=4 n=4 i0=OVER/ok/incon",
    ],
    [
      "[R003.25] [R003.31] S20 with a canonical result the unsent are unneeded, the others run on",
      "wu: q=1 target=3",
      "send A = 0; send B = 1; report A 0 X; expect i1=SENT/-/init i2=OVER/unneeded/init n=3; send C = none",
    ],
    [
      "S21 with a failure the unsent are unneeded, the others run on",
      "wu: q=1 target=3 max_err=0",
      "send A = 0; send B = 1; fail A 0; expect i1=SENT/-/init i2=OVER/unneeded/init n=3; send C = none",
    ],
    [
      "[R003.18] [R003.19] [R003.25] S22 assimilation is due with the end, done once, for success",
      "wu: q=1 target=2",
      "send A = 0; send B = 1; assimilate; expect asm=init; report A 0 X; expect asm=ready; assimilate; expect asm=done; report B 1 X; expect asm=done; assimilate; expect asm=done",
    ],
    [
      "[R003.21] S22 and for failure",
      "wu: q=1 target=2 max_err=0",
      "send A = 0; send B = 1; fail A 0; expect asm=ready; assimilate; expect asm=done; report B 1 X; expect asm=done err=too_many_errors",
    ],
    [
      "S23 successes of a failed workunit are not checked: before, inconclusive, after",
      "wu: q=2 target=4 max_err=0",
      `${Q3} send D = 3; report A 0 X; report B 1 Y; expect i0=OVER/ok/incon; fail C 2; expect i0=OVER/ok/nocheck i1=OVER/ok/nocheck; report D 3 Z; expect i3=OVER/ok/nocheck cvA=0 cvD=0`,
    ],
    [
      "S24 of a cancelled workunit, the agreeing are paid and the lone is not",
      "wu: q=4",
      `${Q3} report A 0 X; report B 1 Y; report C 2 X; cancel; expect err=cancelled credeq=0,2 cred1=0 i0=OVER/ok/nocheck`,
    ],
    [
      "S24 a lone one is paid when a later one agrees",
      "wu: q=3",
      `${Q3} report A 0 X; cancel; expect cred0=0; report B 1 X; expect credeq=0,1; report C 2 Y; expect cred2=0`,
    ],
    [
      "[R003.4] [R003.5] S25 an error and a malformed output are invalid and cost the record",
      "wu: q=2",
      "cv A 5; cv B 5; send A = 0; send B = 1; fail A 0; malformed B 1; expect i0=OVER/err/INVALID i1=OVER/valerr/INVALID cvA=0 cvB=0 n=4",
    ],
    [
      "S25 aborts cost nothing",
      "wu: q=2",
      "cv A 5; cv B 5; send A = 0; send B = 1; fail A 0 by=user; fail B 1 by=server; expect i0=OVER/aborted/init i1=OVER/aborted/init cvA=5 cvB=5 n=4",
    ],
  ]);

  test.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [6, 4],
  ])("[R003.35] S13 a quorum of %i needs %i agreeing results", (quorum, needed) => {
    expect(agreementNeeded(quorum)).toBe(needed);
  });

  test("S19 reports are taken in ascending result number", () => {
    const batch = [{ number: 11 }, { number: 2 }, { number: 7 }];
    expect(inReportOrder(batch).map((report) => report.number)).toEqual([2, 7, 11]);
    expect(batch[0]?.number).toBe(11);
  });
});

/** Edges as pairs of letters: "ab bc" says a~b, b~c and not a~c. */
function groups(letters: string, edges: string) {
  const agreeing = new Set(edges.split(" ").flatMap((edge) => [edge, [...edge].reverse().join("")]));
  const found = largestGroups(letters.length, (a, b) => agreeing.has(`${letters[a]}${letters[b]}`));
  return { leader: found.leader.map((index) => letters[index]).join(""), runnerUp: found.runnerUp };
}

describe("groups", () => {
  test.each([
    ["abc", "", 1, 1],
    ["abc", "ab", 2, 1],
    ["abc", "ab bc", 2, 2],
    ["abc", "ab bc ac", 3, 0],
    ["abcd", "ab bc ac cd", 3, 2],
    ["abcd", "ab cd", 2, 2],
    ["abcde", "ab ac bc cd ce de", 3, 3],
    ["abcde", "ab ac ad bc bd cd ce de", 4, 3],
    ["abcde", "ab bc cd de ea", 2, 2],
  ])("S14 S15 of %s with %s the largest has %i, the next %i", (letters, edges, size, runnerUp) => {
    const found = groups(letters, edges);
    expect([found.leader.length, found.runnerUp]).toEqual([size, runnerUp]);
  });

  test("S14 every pair of the group agrees: a chain is no group", () => {
    expect(groups("abcd", "ab bc cd bd").leader).toBe("bcd");
  });

  test("S14 nothing at all", () => expect(largestGroups(0, () => true)).toEqual({ leader: [], runnerUp: 0 }));

  test("S14 equality needs no search", () => {
    expect(equalityGroups(["x", "y", "x", "z"])).toEqual({ leader: [0, 2], runnerUp: 1 });
    expect(equalityGroups(["x", "y", "y", "x"])).toEqual({ leader: [0, 3], runnerUp: 2 });
    expect(equalityGroups(["y", "x", "x"])).toEqual({ leader: [1, 2], runnerUp: 1 });
    expect(equalityGroups([])).toEqual({ leader: [], runnerUp: 0 });
  });

  test("S14 an adversary's graph of 99 outputs (33 triples, none agreeing inside) is decided at once", () => {
    const started = performance.now();
    const found = largestGroups(99, (a, b) => Math.floor(a / 3) !== Math.floor(b / 3));
    expect([found.leader.length, found.runnerUp]).toEqual([33, 33]);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
