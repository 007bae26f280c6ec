import { describe } from "vitest";
import { playAll } from "./play.ts";

describe("limits", () => {
  playAll([
    [
      "[R003.34] S6 max_error is reached, then exceeded",
      "wu: q=1 max_err=1",
      "send A = 0; fail A 0; expect err= n=2; send B = 1; fail B 1; expect err=too_many_errors asm=ready",
    ],
    [
      "S6 with max_error 0 the first error fails",
      "wu: q=1 max_err=0",
      "send A = 0; fail A 0; expect err=too_many_errors",
    ],
    [
      "[R003.34] S7 max_success is reached, then exceeded",
      "wu: q=2 max_succ=2",
      "send A = 0; send B = 1; report A 0 X; report B 1 Y; expect err=; send C = 2; report C 2 Z; expect err=too_many_success",
    ],
    [
      "S7 max_success 0 is no limit",
      "wu: q=2 max_succ=0",
      "send A = 0; send B = 1; report A 0 U; report B 1 V; send C = 2; report C 2 W; send D = 3; report D 3 X; expect err= n=5",
    ],
    [
      "[R000.11] S8 all outputs differ: fails with the last report that max_total allows, not before",
      "wu: q=2 max_succ=0 max_total=3",
      "send A = 0; send B = 1; report A 0 X; report B 1 Y; expect err= n=3; send C = 2; expect err=; report C 2 Z; expect err=too_many_total canon=none",
    ],
    [
      "S8 the last result that max_total allows may still agree",
      "wu: q=2 max_succ=0 max_total=3",
      "send A = 0; send B = 1; report A 0 X; report B 1 Y; send C = 2; report C 2 Y; expect err= canon=1",
    ],
    [
      "S8 out of reach before the quorum is there: three different of four, three must agree",
      "wu: q=4 max_total=4 max_succ=0",
      "send A = 0; send B = 1; send C = 2; send D = 3; report A 0 X; report B 1 Y; expect err=; report C 2 Z; expect err=too_many_total i3=SENT/-/init",
    ],
    [
      "S9 the quorum is out of reach although enough could agree",
      "wu: q=4 max_total=4",
      "send A = 0; send B = 1; send C = 2; send D = 3; report A 0 X; report B 1 X; expect err=; fail D 3; expect err=too_many_total canon=none",
    ],
    [
      "S9 no capped result is made first: the pass that finds it creates nothing",
      "wu: q=2 max_total=2",
      "send A = 0; fail A 0; expect err=too_many_total n=2 i1=OVER/unneeded/init",
    ],
    [
      "S10 errors and total in one pass",
      "wu: q=2 max_total=2 max_err=0",
      "send A = 0; fail A 0; expect err=too_many_errors,too_many_total",
    ],
    [
      "S10 successes and total in one pass",
      "wu: q=2 max_total=3 max_succ=2",
      "send A = 0; send B = 1; report A 0 X; report B 1 Y; send C = 2; report C 2 Z; expect err=too_many_success,too_many_total",
    ],
    [
      "S11 the success that exceeds max_success completes the quorum: canonical, no error",
      "wu: q=2 max_succ=2",
      "send A = 0; send B = 1; report A 0 X; report B 1 Y; send C = 2; report C 2 X; expect err= canon=0",
    ],
  ]);
});
