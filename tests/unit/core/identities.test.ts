import { describe, expect, test } from "vitest";
import { isConfirmedByOnePerson } from "../../../server/core/replication/identities.ts";
import { World, type WorldOptions } from "./world.ts";

/** Identities that turn out to be one person while their results are out. */

const world = (options: Partial<WorldOptions> = {}) =>
  new World({ hosts: "A B C D E F", minQuorum: 2, targetNResults: 2, ...options });

describe("identities that were joined", () => {
  test("S77 a host of the person gets nothing of a workunit that another of their identities has", () => {
    const w = world();
    w.send("A");
    w.join("A", "B");
    expect([w.send("B"), w.send("C")]).toEqual([null, 1]);
  });

  test("S77 what was sent to the identity that is gone is reported by its host as before, and credited to the survivor", () => {
    const w = world();
    w.send("A");
    w.send("C");
    w.join("A", "B");
    expect(w.report("A", 0, "X").status).toBe("record");
    w.report("C", 1, "X");
    expect(w.canon()).toBe(0);
    const grants = w.log.filter((action) => action.type === "grant_credit");
    expect(grants.map((grant) => [grant.hostId, grant.userId])).toEqual([
      ["A", "B"],
      ["C", "C"],
    ]);
  });

  test("S78 two answers of one person do not confirm each other: one more result is made, and decides", () => {
    const w = world();
    w.send("A");
    w.send("B");
    w.report("A", 0, "X");
    w.join("A", "B");
    w.report("B", 1, "X");
    expect([w.canon(), w.workunit.targetNResults, w.state.results.length]).toEqual([null, 3, 3]);
    expect([w.shown(0), w.shown(1)]).toEqual(["OVER/ok/init", "OVER/ok/init"]);
    expect(w.send("C")).toBe(2);
    w.report("C", 2, "X");
    expect(w.canon()).toBe(0);
    expect([0, 1, 2].map((number) => w.shown(number))).toEqual(Array(3).fill("OVER/ok/VALID"));
    const completed = w.log.find((action) => action.type === "complete");
    // One of the person's two, the lowest-numbered.
    expect(completed?.confirmedBy).toEqual([w.result(0).id, w.result(2).id]);
  });

  test("S78 answers that arrived before count once as soon as it is known: the quorum of three lacks one person", () => {
    const w = world({ minQuorum: 3, targetNResults: 3 });
    for (const name of ["A", "B", "C"]) w.send(name);
    w.report("A", 0, "X");
    w.report("B", 1, "X");
    w.join("A", "B");
    w.report("C", 2, "X");
    expect([w.canon(), w.workunit.targetNResults]).toEqual([null, 4]);
    w.send("D");
    w.report("D", 3, "Y");
    // Two people of three agree.
    expect(w.canon()).toBe(0);
  });

  test("S78 three answers of one person leave two more to be made", () => {
    const w = world({ minQuorum: 3, targetNResults: 3 });
    for (const name of ["A", "B", "C"]) w.send(name);
    w.join("A", "C");
    w.join("B", "C");
    for (const [number, name] of ["A", "B", "C"].entries()) w.report(name, number, "X");
    expect([w.canon(), w.workunit.targetNResults]).toEqual([null, 5]);
  });

  test("S78 one person's many answers do not outvote two people", () => {
    const w = world({ minQuorum: 4, targetNResults: 5 });
    for (const name of ["A", "B", "C", "D", "E"]) w.send(name);
    for (const [number, name] of ["A", "B", "C"].entries()) w.report(name, number, "LIE");
    w.join("A", "C");
    w.join("B", "C");
    w.report("D", 3, "X");
    w.report("E", 4, "X");
    expect([w.canon(), w.workunit.targetNResults]).toEqual([null, 6]);
    w.send("F");
    w.report("F", 5, "X");
    expect(w.canon()).toBe(3);
    expect(w.shown(0)).toBe("OVER/ok/INVALID");
  });

  test("S78 under verdicts one person's agreeing answers count once, their contradicting ones both", () => {
    const w = world({ comparison: "verdicts" });
    for (const name of ["A", "B"]) w.send(name);
    w.report("A", 0, "1");
    w.join("A", "B");
    w.report("B", 1, "2");
    // Too few people: nothing is compared yet.
    expect(w.log.filter((action) => action.type === "compare")).toEqual([]);
    w.send("C");
    w.report("C", 2, "3");
    w.compared(0, 1, false);
    w.compared(0, 2, false);
    w.compared(1, 2, true);
    expect(w.canon()).toBe(1);
  });

  test("S78 where nobody else can come any more it ends with too_many_total", () => {
    const w = world({ maxTotalResults: 2 });
    w.send("A");
    w.send("B");
    w.report("A", 0, "X");
    w.join("A", "B");
    w.report("B", 1, "X");
    expect(w.errors()).toBe("too_many_total");
    // And one person's two answers are no "agrees with another one" (S24).
    expect(w.log.some((action) => action.type === "grant_credit")).toBe(false);
  });

  test("S78 where a user may have several results, they confirm each other as before", () => {
    const w = world({ onePerUser: false });
    w.send("A");
    w.send("B");
    w.report("A", 0, "X");
    w.join("A", "B");
    w.report("B", 1, "X");
    expect(w.canon()).toBe(0);
  });

  test("S79 a completed workunit keeps its end, and shows that one person alone confirmed it", () => {
    const w = world();
    w.send("A");
    w.send("B");
    w.report("A", 0, "X");
    w.report("B", 1, "X");
    const confirmedBy = [w.result(0).id, w.result(1).id];
    expect(isConfirmedByOnePerson(w.state.results, confirmedBy)).toBe(false);
    w.join("A", "B");
    expect([w.canon(), w.workunit.state]).toEqual([0, "completed"]);
    expect(isConfirmedByOnePerson(w.state.results, confirmedBy)).toBe(true);
    // A single acceptance never claimed to be confirmed by anybody.
    expect(isConfirmedByOnePerson(w.state.results, [w.result(0).id])).toBe(false);
  });
});
