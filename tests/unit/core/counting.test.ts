import { describe } from "vitest";
import { playAll } from "./play.ts";

describe("what is counted", () => {
  playAll([
    [
      "[R003.14] S1 a completed workunit gains no error and keeps its canonical result",
      "wu: q=1 target=3 max_err=0 max_total=3",
      "send A = 0; send B = 1; send C = 2; report B 1 X; fail A 0; report C 2 Y; expect canon=1 err= asm=ready i2=OVER/ok/INVALID",
    ],
    [
      "[R003.34] S1 a failed workunit gets no canonical result",
      "wu: q=1 target=2 max_err=0",
      "send A = 0; send B = 1; fail A 0; report B 1 X; expect canon=none err=too_many_errors i1=OVER/ok/nocheck",
    ],
    [
      "S2 errors and malformed outputs count to max_error",
      "wu: q=3 max_err=1",
      "send A = 0; send B = 1; fail A 0; expect err=; malformed B 1; expect err=too_many_errors",
    ],
    [
      "S2 aborts, returns and no-replies are no errors",
      "wu: q=3 max_err=0 delay=10 | cfg: lease=0",
      "send A = 0; send B = 1; send C = 2; fail A 0 by=server; fail B 1 by=user; return C 2; send D = 3; at 11 expect err= i3=OVER/noreply/init",
    ],
    [
      "S3 aborted by the server, returned: not counted",
      "wu: q=1 max_total=1",
      "send A = 0; fail A 0 by=server; expect err= n=2; send B = 1; return B 1; expect err= n=3 i2=UNSENT/-/init",
    ],
    [
      "S3 aborted by the user: counted",
      "wu: q=1 max_total=1",
      "send A = 0; fail A 0 by=user; expect err=too_many_total n=1",
    ],
    ["S3 an error: counted", "wu: q=1 max_total=1 max_err=3", "send A = 0; fail A 0; expect err=too_many_total n=1"],
    ["S3 a no-reply: counted", "wu: q=1 max_total=1 delay=10", "send A = 0; at 11 expect err=too_many_total n=1"],
    [
      "S4 a success that is inconclusive still counts as one, so it is not replaced",
      "wu: q=2",
      "send A = 0; send B = 1; report A 0 X; report B 1 Y; expect n=3 target=3",
    ],
    [
      "[R003.1] [R003.9] [R003.33] S5 a lost result is replaced at once, up to the target",
      "wu: q=2 target=3",
      "expect n=3; send A = 0; fail A 0; expect n=4; send B = 1; send C = 2; send D = 3; send E = none; report B 1 X; expect n=4",
    ],
    [
      "[R003.33] S5 nothing is created once a canonical result exists",
      "wu: q=1 target=2",
      "send A = 0; send B = 1; report A 0 X; fail B 1; expect canon=0 n=2",
    ],
    [
      "S5 creation stops at max_total",
      "wu: q=1 target=2 max_total=3 max_err=9",
      "send A = 0; fail A 0; expect n=3; send B = 1; fail B 1; expect n=3 err=",
    ],
    [
      "S5 max_total is a cap: two lost, one left to create",
      "wu: q=2 target=3 max_total=4 delay=10",
      "send A = 0; send B = 1; at 11 expect n=4 err=",
    ],
    [
      "S5 a late report over the cap leaves a remainder of 0, not less",
      "wu: q=2 target=2 max_total=2",
      "send A = 0; return A 0; expect n=3; report A 0 X; send B = 1; report B 1 Y; send C = 2; report C 2 Z; expect err=too_many_total n=3",
    ],
  ]);
});
