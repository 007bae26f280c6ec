import { describe, expect, test } from "vitest";
import { acceptReport } from "../../../server/core/replication/report.ts";
import { playAll } from "./play.ts";
import { World } from "./world.ts";

describe("reports", () => {
  playAll([
    [
      "S35 a report for a result that is over changes nothing",
      "wu: q=2",
      "send A = 0; send B = 1; fail A 0; report A 0 X; expect i0=OVER/err/INVALID; report B 1 X; report B 1 Y; fail B 1; expect i1=OVER/ok/init",
    ],
    [
      "S35 another user's report changes nothing",
      "wu: q=1",
      "send A = 0; report B 0 X; fail B 0; expect i0=SENT/-/init",
    ],
    ["S35 nobody reports what was never sent", "wu: q=1", "report A 0 X; expect i0=UNSENT/-/init canon=none"],
    [
      "S35 another host of the same user may report; the record is that of the host it was sent to",
      "wu: q=2 | hosts: A A2:A B",
      "send A = 0; send B = 1; report A2 0 X; report B 1 X; expect canon=0 cvA=1 cvA2=0",
    ],
    [
      "S35 handing back what timed out does not change how it ended",
      "wu: q=1 delay=10",
      "send A = 0; at 11 return A 0; expect i0=OVER/noreply/init; send A = none",
    ],
    [
      "S36 a report after returned is ignored when its user got another result",
      "wu: q=1 target=2 | hosts: A A2:A B",
      "send A = 0; return A 0; send A2 = 1; report A 0 X; expect i0=OVER/returned/init canon=none; report A2 1 X; expect canon=1; report A 0 X; expect i0=OVER/returned/init",
    ],
    [
      "S36 it is taken when the user returned that one too",
      "wu: q=1",
      "send A = 0; return A 0; send A = 1; return A 1; report A 0 X; expect canon=0",
    ],
    [
      "S36 another user's result does not matter",
      "wu: q=1",
      "send A = 0; return A 0; send B = 1; report A 0 X; expect canon=0 i1=SENT/-/init",
    ],
    [
      "S36 a user who timed out and holds nothing else may still report",
      "wu: q=1 delay=10",
      "send A = 0; at 11 send B = 1; report A 0 X; expect canon=0",
    ],
  ]);

  test("S35 what the client is told", () => {
    const world = new World({ hosts: "A B C", minQuorum: 2 });
    world.send("A");
    world.send("B");
    expect(world.report("B", 0, "X")).toEqual({ status: "ignored", why: "not_yours" });
    expect(world.report("A", 0, "X").status).toBe("record");
    expect(world.report("A", 0, "X")).toEqual({ status: "duplicate", why: "said_before" });
    expect(world.report("A", 0, "Y")).toEqual({ status: "ignored", why: "already_over" });
    expect(world.fail("A", 0)).toEqual({ status: "ignored", why: "already_over" });
    world.fail("B", 1);
    expect(world.fail("B", 1).status).toBe("duplicate");
    expect(world.malformed("B", 1).status).toBe("ignored");
    expect(world.report("C", 2, "X")).toEqual({ status: "ignored", why: "not_sent" });
  });

  test("S35 the other kinds said twice are duplicates as well", () => {
    const world = new World({ hosts: "A B C D", minQuorum: 4 });
    for (const name of ["A", "B", "C", "D"]) world.send(name);
    expect([world.malformed("A", 0), world.malformed("A", 0)].map((answer) => answer.status)).toEqual([
      "record",
      "duplicate",
    ]);
    expect([world.handBack("B", 1), world.handBack("B", 1)].map((answer) => answer.status)).toEqual([
      "record",
      "duplicate",
    ]);
    expect([world.fail("C", 2, "user"), world.fail("C", 2, "user")].map((answer) => answer.status)).toEqual([
      "record",
      "duplicate",
    ]);
    expect(world.fail("C", 2, "server").status).toBe("ignored");
  });

  test("S36 the answer names the reason", () => {
    const world = new World({ hosts: "A A2:A", targetNResults: 1 });
    world.send("A");
    world.handBack("A", 0);
    world.send("A2");
    expect(world.report("A", 0, "X")).toEqual({ status: "ignored", why: "user_has_another" });
  });

  test("S26 S27 S29 a report that comes when its time is up, before any sweep: the result ends first, then the report is taken", () => {
    const world = new World({ hosts: "A A2:A", delayBoundSeconds: 10, leaseSeconds: 5 });
    world.send("A");
    const ended = (now: number, leaseSeconds: number | null) => {
      const results = world.state.results.map(
        (result) => ({ ...result, leaseEndSeconds: leaseSeconds }) as typeof result,
      );
      const answer = acceptReport(world.workunit, results, "1.0", { userId: "A", kind: "output", digest: "X" }, now);
      if (answer.status !== "record") throw new Error(answer.why);
      return answer.actions.map((action) =>
        action.type === "end_result"
          ? action.outcome
          : action.type === "note_host"
            ? `note ${action.event}`
            : action.type,
      );
    };
    expect(ended(10, null)).toEqual(["record_output"]);
    expect(ended(11, null)).toEqual(["noreply", "note noreply", "record_output"]);
    expect(ended(6, 5)).toEqual(["returned", "record_output"]);
    expect(ended(5, 5)).toEqual(["record_output"]);
  });

  test("S36 a user who timed out keeps the right to report, whatever else the user holds where one per user is off", () => {
    const world = new World({ hosts: "A A2:A B", onePerUser: false, delayBoundSeconds: 10, minQuorum: 2 });
    world.send("A");
    world.at(11).send("A2");
    expect(world.report("A", 0, "X").status).toBe("record");
    expect(world.shown(0)).toBe("OVER/ok/init");
  });
});
