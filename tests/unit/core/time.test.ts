import { describe, expect, test } from "vitest";
import { leaseEnd, nextDueSeconds, overdue, parkedLeaseEnd } from "../../../server/core/replication/leases.ts";
import type { InProgressResult } from "../../../server/core/replication/types.ts";
import { playAll } from "./play.ts";
import { World } from "./world.ts";

describe("deadlines and leases", () => {
  playAll([
    [
      "[R003.6] [R003.27] [R003.28] S26 the deadline's last second is in time, the next is not; a no-reply is replaced",
      "wu: q=1 delay=10 max_err=0",
      "cv A 3; at 3 send A = 0; at 13 expect i0=SENT/-/init; at 14 expect i0=OVER/noreply/init n=2 err= cvA=0",
    ],
    [
      "S26 grace is added",
      "wu: q=1 delay=10 | cfg: grace=5",
      "at 3 send A = 0; at 18 expect i0=SENT/-/init; at 19 expect i0=OVER/noreply/init",
    ],
    [
      "S26 no exchange moves a deadline",
      "wu: q=1 delay=10 | cfg: lease=8",
      "send A = 0; at 8 renew A; at 10 renew A; expect i0=SENT/-/init; at 11 expect i0=OVER/noreply/init",
    ],
    [
      "[R003.27] S26 replaced only if needed: the canonical result is there",
      "wu: q=1 target=2 delay=10",
      "send A = 0; send B = 1; report A 0 X; at 11 expect i1=OVER/noreply/init n=2",
    ],
    [
      "S27 a report after no reply, before the decision, counts like any other",
      "wu: q=2 delay=10",
      "send A = 0; send B = 1; at 11 expect n=4; report A 0 X; send C = 2; report C 2 X; expect canon=0 credeq=0,2 cvA=1",
    ],
    [
      "S27 a report after no reply, after the decision, is judged by the canonical result",
      "wu: q=1 target=3 delay=10",
      "send A = 0; send B = 1; send C = 2; at 5 report A 0 X; at 11 report B 1 X; report C 2 Y; expect i1=OVER/ok/VALID credeq=0,1 i2=OVER/ok/INVALID",
    ],
    [
      "S27 a report after its lease ran out is taken",
      "wu: q=1 | cfg: lease=10",
      "send A = 0; at 11 expect i0=OVER/returned/init n=2; report A 0 X; expect canon=0 i1=OVER/unneeded/init",
    ],
    [
      "[R003.29] S28 after the canonical output was deleted a report is too late: no credit, no penalty",
      "wu: q=1 target=2 delay=10",
      "send A = 0; send B = 1; report A 0 X; assimilate; at 11 purge; expect files=deleted; cv B 4; report B 1 Y; expect i1=OVER/ok/late cred1=0 cvB=4",
    ],
    [
      "[R000.22] S29 the lease's last second is in time, the next is not; blameless and replaced",
      "wu: q=1 max_total=1 | cfg: lease=10",
      "cv A 3; send A = 0; at 10 expect i0=SENT/-/init; at 11 expect i0=OVER/returned/init n=2 cvA=3 err=",
    ],
    [
      "S29 a lease that outlasts the deadline does not save the result",
      "wu: q=1 delay=10 | cfg: lease=60",
      "send A = 0; at 11 expect i0=OVER/noreply/init",
    ],
    [
      "S29 lease and deadline in the same second: no reply",
      "wu: q=1 delay=10 | cfg: lease=10",
      "send A = 0; at 11 expect i0=OVER/noreply/init",
    ],
    [
      "S30 every exchange renews: asking for work, reporting, renewing",
      "wu: q=1 target=2 | cfg: lease=10",
      "send A = 0; at 9 send A = none; at 18 renew A; at 27 report A 1 X; at 37 expect i0=SENT/-/init; at 38 expect i0=OVER/returned/init",
    ],
    [
      "S30 an exchange of another host of the same user renews nothing",
      "wu: q=1 | hosts: A A2:A | cfg: lease=10",
      "send A = 0; at 9 renew A2; at 11 expect i0=OVER/returned/init",
    ],
    ["S30 lease 0 never runs out", "wu: q=1 delay=1000 | cfg: lease=0", "send A = 0; at 1000 expect i0=SENT/-/init"],
    [
      "S32 handed back: replaced at once, blameless, and the same host may get the workunit again",
      "wu: q=1 max_total=1",
      "cv A 3; send A = 0; return A 0; expect i0=OVER/returned/init n=2 cvA=3; send A = 1",
    ],
  ]);

  test("S31 a parked lease ends ten minutes later, whatever was left of it", () => {
    for (const leaseSeconds of [60, 900]) {
      const world = new World({ hosts: "A", leaseSeconds });
      world.send("A");
      world.at(30).park("A");
      expect(world.at(630).shown(0)).toBe("SENT/-/init");
      expect(world.at(631).shown(0)).toBe("OVER/returned/init");
    }
  });

  test("S31 the next exchange makes a parked lease an ordinary one", () => {
    const world = new World({ hosts: "A", leaseSeconds: 60 });
    world.send("A");
    world.park("A");
    expect(world.result(0)).toMatchObject({ parked: true, leaseEndSeconds: 600 });
    world.at(500).renew("A");
    expect(world.result(0)).toMatchObject({ parked: false, leaseEndSeconds: 560 });
    expect(world.at(561).shown(0)).toBe("OVER/returned/init");
  });

  test("S30 S31 leases that never run out are not parked either", () => {
    expect(leaseEnd({ leaseSeconds: 0 }, 5)).toBeNull();
    expect(parkedLeaseEnd({ leaseSeconds: 0 }, 5)).toBeNull();
  });

  test("[R003.28] S26 S29 fractions of a second do not count", () => {
    const result = {
      state: "in_progress",
      holder: { deadlineSeconds: 13 },
      leaseEndSeconds: null,
    } as InProgressResult;
    expect(overdue(result, 13.999)).toBeNull();
    expect(overdue(result, 14)).toBe("noreply");
    expect(overdue({ ...result, leaseEndSeconds: 10 }, 10.999)).toBeNull();
    expect(overdue({ ...result, leaseEndSeconds: 10 }, 11)).toBe("returned");
  });

  test("S26 S29 what is due next: the earliest lease or deadline, in the second after it", () => {
    const world = new World({ hosts: "A B", targetNResults: 2, delayBoundSeconds: 100, leaseSeconds: 30 });
    const due = () => nextDueSeconds(world.workunit, world.state.results, world.now);
    expect(due()).toBeNull();
    world.send("A");
    expect(due()).toBe(31);
    world.at(20).send("B");
    world.renew("A");
    expect(due()).toBe(51);
    world.at(45).renew("A");
    world.renew("B");
    world.at(74).renew("A");
    world.renew("B");
    expect(due()).toBe(101);
  });
});
