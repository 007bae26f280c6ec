import { describe, expect, it } from "vitest";
import { sayReason } from "../../server/core/replication/comparators/say-reason.ts";
import type { Bytes } from "../../worker/compute/runtimes/runtime.ts";
import { runModule } from "../../worker/hosts/node/run-module.ts";
import { assemble } from "./wat-kernels.ts";

/** A judge with the given body; its parameters are $a $lengthA $b $lengthB. */
function judgeModule(role: "verify" | "compare", body: string, memory = "1 2"): Promise<Bytes> {
  return assemble(`(module (memory (export "memory") ${memory})
    (global $heap (mut i32) (i32.const 16))
    (func (export "alloc") (param $bytes i32) (result i32)
      (local $at i32)
      (local.set $at (global.get $heap))
      (global.set $heap (i32.add (local.get $at) (local.get $bytes)))
      (if (i32.gt_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536)))
        (then (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))))
      (local.get $at))
    (func $judge (export "${role}") (param $a i32) (param $lengthA i32) (param $b i32) (param $lengthB i32) (result i32)
      ${body}))`);
}

const bytes = (...values: number[]): Bytes => Uint8Array.from(values);
const FIRST_BYTES_EQUAL = "(i32.eq (i32.load8_u (local.get $a)) (i32.load8_u (local.get $b)))";

describe("a project's verify and compare modules, in a thread of their own", () => {
  it.each([
    ["equal first bytes", bytes(7, 1), bytes(7, 2), "yes", "said_yes"],
    ["other first bytes", bytes(7, 1), bytes(8, 1), "no", "said_no"],
  ])("%s", async (_, first, second, kind, code) => {
    const module = await judgeModule("compare", FIRST_BYTES_EQUAL);
    expect(await runModule({ module, role: "compare", first, second })).toEqual({
      ...{ kind, reason: { code, role: "compare" } },
    });
  });

  it("both byte strings arrive whole, empty ones too", async () => {
    const module = await judgeModule(
      "verify",
      "(i32.and (i32.eqz (local.get $lengthA)) (i32.eq (local.get $lengthB) (i32.const 70000)))",
      "1 3",
    );
    const verdict = await runModule({ module, role: "verify", first: bytes(), second: new Uint8Array(70_000) });
    expect(verdict).toMatchObject({ kind: "yes" });
  });

  it.each([
    ["traps", "unreachable", 60_000, "trapped in verify: unreachable"],
    ["gives an error code", "(i32.const -3)", 60_000, "verify gave its error code -3"],
    ["says neither 1 nor 0", "(i32.const 2)", 60_000, "verify gave its error code 2"],
    ["never ends", "(loop $again (br $again)) (i32.const 1)", 300, "verify did not answer within 0.3 s"],
  ])("one that %s has not said yes", async (_, body, timeoutMs, sentence) => {
    const module = await judgeModule("verify", body);
    const verdict = await runModule({ module, role: "verify", first: bytes(1), second: bytes(1) }, timeoutMs);
    expect([verdict.kind, sayReason(verdict.reason)]).toEqual(["no", expect.stringContaining(sentence)]);
  });

  it("one that has no room within its declared memory has not said yes", async () => {
    const module = await judgeModule("verify", "(i32.const 1)", "1 1");
    const verdict = await runModule({ module, role: "verify", first: new Uint8Array(80_000), second: bytes(1) });
    expect(verdict).toMatchObject({
      ...{ kind: "no", reason: { code: "module_failed", error: "out_of_memory" } },
    });
  });

  it.each([
    ["of the other role", "compare", "1 2", "it does not export verify"],
    ["with more memory than allowed", "verify", "1 9", "may grow to 9 pages"],
  ] as const)("a module %s could not be asked", async (_, role, memory, sentence) => {
    const module = await judgeModule(role, "(i32.const 1)", memory);
    const request = { module, role: "verify", first: bytes(1), second: bytes(1), maxMemoryPages: 4 } as const;
    expect(await runModule(request)).toMatchObject({
      kind: "error",
      reason: { code: "module_failed", error: "module_invalid", said: expect.stringContaining(sentence) },
    });
  });
});
