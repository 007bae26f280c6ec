import { describe, expect, it } from "vitest";
import { KernelError } from "../../../worker/compute/kernel-error.ts";
import type { Bytes } from "../../../worker/compute/runtimes/runtime.ts";
import { validateModule } from "../../../worker/compute/validate-module.ts";
import { assemble, type WatParts, watModule } from "../../kernels/wat-kernels.ts";

function refusal(module: Bytes, maxMemoryPages = 4): string {
  try {
    validateModule(module, { role: "kernel", maxMemoryPages });
    return "accepted";
  } catch (error) {
    if (!(error instanceof KernelError) || error.code !== "module_invalid") throw error;
    return error.message;
  }
}

describe("a module is checked against the ABI without running it", () => {
  it("an honest kernel is accepted, with the memory it declares", async () => {
    expect(validateModule(await watModule(), { role: "kernel", maxMemoryPages: 4 })).toEqual({
      initialPages: 1,
      maximumPages: 4,
    });
  });

  const memory = (declaration: string): WatParts => ({ memory: `${declaration}` });
  it.each<[string, WatParts, string]>([
    [
      "imports a function",
      { imports: `(import "env" "abort" (func))` },
      "it imports env.abort; a kernel may import nothing",
    ],
    ["imports its memory", { imports: `(import "js" "memory" (memory 1 4))`, memory: "" }, "it imports js.memory"],
    ["declares no memory maximum", memory(`(memory (export "memory") 1)`), "its memory declares no maximum"],
    [
      "may grow beyond kernel.json",
      memory(`(memory (export "memory") 1 5)`),
      "may grow to 5 pages, kernel.json says 4",
    ],
    ["shares its memory", memory(`(memory (export "memory") 1 4 shared)`), "its memory is shared"],
    ["hides its memory", memory("(memory 1 4)"), "it does not export its `memory`"],
    ["has no step", { step: "" }, "it does not export step(i32) -> f64"],
    [
      "has a step of another type",
      { step: `(func (export "step") (param i32) (result f32) (f32.const 0))` },
      "it exports step(i32) -> f32 instead of step(i32) -> f64",
    ],
    ["exports a global as save", { save: `(global (export "save") i32 (i32.const 0))` }, "its export save is a global"],
  ])("%s: refused", async (_, parts, sentence) => {
    expect(refusal(await watModule(parts))).toContain(sentence);
  });

  it("names all faults at once", async () => {
    const message = refusal(await watModule({ step: "", load: "", memory: `(memory (export "memory") 1)` }));
    expect(message).toContain("no maximum");
    expect(message).toContain("step(i32)");
    expect(message).toContain("load(i32, i32)");
  });

  it("bytes that are no WebAssembly, and a module cut short, are refused", async () => {
    expect(refusal(new Uint8Array([1, 2, 3, 4]))).toContain("not valid WebAssembly");
    const whole = await watModule();
    for (const length of [0, 8, 20, whole.byteLength - 1]) {
      expect(refusal(whole.slice(0, length)), `${length} bytes`).not.toBe("accepted");
    }
  });

  it("a verifier needs verify, not step", async () => {
    const verifier = await assemble(`(module (memory (export "memory") 1 1)
      (func (export "alloc") (param i32) (result i32) (i32.const 1024))
      (func (export "verify") (param i32 i32 i32 i32) (result i32) (i32.const 1)))`);
    expect(validateModule(verifier, { role: "verify", maxMemoryPages: 1 }).maximumPages).toBe(1);
    expect(() => validateModule(verifier, { role: "compare", maxMemoryPages: 1 })).toThrow(
      "compare(i32, i32, i32, i32)",
    );
    expect(refusal(verifier)).toContain("it does not export step(i32) -> f64");
  });
});
