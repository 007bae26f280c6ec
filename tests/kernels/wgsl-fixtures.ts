import type { LoadedKernel } from "../../worker/compute/runtimes/runtime.ts";
import { type BackendDeclarations, fixtureManifest } from "./wat-kernels.ts";

/** Kernels of WGSL only: the honest one sums the units' numbers; each of the others breaks one promise. */
export interface ShaderParts {
  /** Statements of the entry point's body. */
  body?: string;
  /** Declarations before it. */
  declarations?: string;
  unitsTotal?: number;
  maxLoopIterations?: number;
  outputBytes?: number;
  stepSeconds?: number;
  entryPoint?: string;
  scratchBytes?: number;
}

const HONEST_BODY = "for (var i = 0u; i < params.count; i++) { state[4] += params.start + i + 1u; }";

export function shaderKernel(name: string, parts: ShaderParts = {}): LoadedKernel {
  const { body = HONEST_BODY, declarations = "", unitsTotal = 100, maxLoopIterations = 1000, scratchBytes } = parts;
  const wgsl: NonNullable<BackendDeclarations["wgsl"]> = {
    shader: "kernel.wgsl",
    buffers: [
      { kind: "params", binding: 0 },
      { kind: "state", binding: 1 },
      ...(scratchBytes === undefined ? [] : [{ kind: "scratch" as const, binding: 2, bytes: scratchBytes }]),
    ],
    passes: [{ entryPoint: parts.entryPoint ?? "main", workgroups: 1 }],
    maxLoopIterations,
    state: { bytes: 32, unitsTotal, init: "zero" },
    output: { offset: 16, bytes: parts.outputBytes ?? 4 },
  };
  const limits = { inputBytes: 1024, outputBytes: 8, stepSeconds: parts.stepSeconds ?? 10 };
  return {
    manifest: fixtureManifest(name, { wgsl }, { limits }),
    shader: `struct Params { start: u32, count: u32, pad0: u32, pad1: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: array<u32>;
${declarations}
@compute @workgroup_size(1)
fn main() {
  ${body}
}
`,
  };
}
