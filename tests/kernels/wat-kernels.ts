import wabt from "wabt";
import { type KernelManifest, kernelManifestSchema } from "../../server/core/wire/kernel-manifest.ts";
import type { Bytes, LoadedKernel } from "../../worker/compute/runtimes/runtime.ts";

/**
 * Tiny kernels written by hand: an honest one that counts, and variations that break one promise each. State at 64:
 * unitsTotal (the input's first u32), unitsDone, status, 0, then the sum 1 + 2 + ... + unitsDone, which is the output.
 */
export interface WatParts {
  imports?: string;
  memory?: string;
  alloc?: string;
  init?: string;
  step?: string;
  output?: string;
  save?: string;
  load?: string;
}

export const HONEST: Required<WatParts> = {
  imports: "",
  memory: `(memory (export "memory") 1 4)`,
  alloc: `(func (export "alloc") (param $bytes i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $heap))
    (global.set $heap (i32.and (i32.add (i32.add (local.get $at) (local.get $bytes)) (i32.const 15)) (i32.const -16)))
    (if (i32.gt_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536)))
      (then (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (return (i32.const 0))))))
    (local.get $at))`,
  init: `(func (export "init") (param $files i32) (param $table i32) (result i32)
    (if (i32.ne (i32.load offset=4 (local.get $table)) (i32.const 4)) (then (return (i32.const 7))))
    (i32.store (i32.const 64) (i32.load (i32.load (local.get $table))))
    (i32.const 0))`,
  step: `(func (export "step") (param $budget i32) (result f64)
    (block $end (loop $next
      (br_if $end (i32.eqz (local.get $budget)))
      (br_if $end (i32.ge_u (i32.load (i32.const 68)) (i32.load (i32.const 64))))
      (i32.store (i32.const 68) (i32.add (i32.load (i32.const 68)) (i32.const 1)))
      (i32.store (i32.const 80) (i32.add (i32.load (i32.const 80)) (i32.load (i32.const 68))))
      (local.set $budget (i32.sub (local.get $budget) (i32.const 1)))
      (br $next)))
    (f64.div (f64.convert_i32_u (i32.load (i32.const 68))) (f64.convert_i32_u (i32.load (i32.const 64)))))`,
  output: `(func (export "output") (result i64) (i64.or (i64.shl (i64.const 80) (i64.const 32)) (i64.const 4)))`,
  save: `(func (export "save") (result i64) (i64.or (i64.shl (i64.const 64) (i64.const 32)) (i64.const 20)))`,
  load: `(func (export "load") (param $at i32) (param $length i32) (result i32)
    (if (i32.ne (local.get $length) (i32.const 20)) (then (return (i32.const 3))))
    (if (i32.ne (i32.load (local.get $at)) (i32.load (i32.const 64))) (then (return (i32.const 4))))
    (memory.copy (i32.const 64) (local.get $at) (i32.const 20))
    (i32.const 0))`,
};

export async function assemble(text: string): Promise<Bytes> {
  const { parseWat } = await wabt();
  const module = parseWat("fixture.wat", text, { bulk_memory: true, threads: true, memory64: true });
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

/** The honest kernel's module with some parts replaced. */
export function watModule(parts: WatParts = {}): Promise<Bytes> {
  const all = { ...HONEST, ...parts };
  const { imports, memory, ...functions } = all;
  const globals = "(global $heap (mut i32) (i32.const 1024))";
  return assemble(`(module ${[imports, memory, globals, ...Object.values(functions)].join("\n")})`);
}

export type BackendDeclarations = KernelManifest["backends"];

export function fixtureManifest(name: string, backends: BackendDeclarations, more: object = {}): KernelManifest {
  return kernelManifestSchema.parse({
    format: 1,
    name,
    version: "1.0.0",
    title: name,
    summary: "A test fixture.",
    licence: "MIT",
    backends,
    checkpointFormat: "counter-1",
    exactness: "exact",
    comparator: { type: "exact" },
    output: { format: "bytes" },
    limits: { inputBytes: 1024, outputBytes: 1024, stepSeconds: 1 },
    examples: [{ name: "one", input: "one.bin", output: "one.out" }],
    ...more,
  });
}

export async function watKernel(name: string, parts: WatParts = {}): Promise<LoadedKernel> {
  const manifest = fixtureManifest(name, { wasm: { module: "kernel.wasm", maxMemoryPages: 4 } });
  return { manifest, module: await watModule(parts) };
}

/** The honest kernel's input for so many units. */
export function unitsInput(units: number): Bytes {
  return new Uint8Array(Uint32Array.of(units).buffer);
}

export function unitsOutput(units: number): Bytes {
  let sum = 0;
  for (let unit = 1; unit <= units; unit++) sum = (sum + unit) >>> 0;
  return new Uint8Array(Uint32Array.of(sum).buffer);
}
