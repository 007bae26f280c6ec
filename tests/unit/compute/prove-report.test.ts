import { describe, expect, it } from "vitest";
import {
  type KernelManifest,
  kernelManifestSchema,
  type OutputSchema,
} from "../../../server/core/wire/kernel-manifest.ts";
import { differenceOf, sayDifference } from "../../../worker/compute/prove/differences.ts";
import type { Difference, ProofRunReport } from "../../../worker/compute/prove/proof-report.ts";
import { propose } from "../../../worker/compute/prove/propose.ts";
import type { ProofRunResult } from "../../../worker/compute/prove/run-steps.ts";
import { fixtureManifest } from "../../kernels/wat-kernels.ts";

const floats = (...values: number[]): Uint8Array => new Uint8Array(Float64Array.from(values).buffer);
const FLOAT_OUTPUT: OutputSchema = { format: "binary", header: [], record: [{ name: "energy", type: "f64" }] };

describe("two outputs, bit by bit", () => {
  it("the same bytes are no difference", () => {
    expect(differenceOf({ format: "bytes" }, new Uint8Array([1, 2]), new Uint8Array([1, 2]))).toBeNull();
  });

  it("counts bytes and bits, also where one is longer", () => {
    const difference = differenceOf({ format: "bytes" }, new Uint8Array([0, 0xff, 1]), new Uint8Array([0, 0xf0]));
    const excerpt = { from: 0, expected: [0, 0xff, 1], found: [0, 0xf0] };
    expect(difference).toEqual({
      bytes: [3, 2],
      firstByte: 1,
      differingBytes: 2,
      differingBits: 12,
      excerpt,
      fields: [],
    });
    expect(sayDifference(difference as Difference)).toBe(
      "2 bytes, and the lengths are 3 and 2 differ, the first is byte 1",
    );
  });

  it("shows the bytes around the first that differs, from the word before it", () => {
    const expected = new Uint8Array(100).map((_, at) => at);
    const found = expected.with(43, 0);
    const excerpt = differenceOf({ format: "bytes" }, expected, found)?.excerpt;
    expect(excerpt).toEqual({ from: 32, expected: [...expected.slice(32, 64)], found: [...found.slice(32, 64)] });
  });

  it("fields: where first, how far at most, in ulp", () => {
    const next = 1 + Number.EPSILON;
    const difference = differenceOf(FLOAT_OUTPUT, floats(2, 1, 4), floats(2, next, 4 + 4 * Number.EPSILON));
    expect(difference?.fields).toEqual([
      {
        name: "energy",
        type: "f64",
        differing: 2,
        firstRecord: 1,
        first: [1, next],
        maxAbsolute: 4 * Number.EPSILON,
        maxRelative: expect.closeTo(Number.EPSILON, 20),
        maxUlp: 1,
      },
    ]);
    expect(sayDifference(difference as Difference)).toContain(
      "energy of record 1 is 1.0000000000000002 instead of 1 (at most 1 ulp)",
    );
  });

  it("zeros of two signs differ, NaN is one answer, infinity has no distance", () => {
    expect(differenceOf(FLOAT_OUTPUT, floats(0), floats(-0))?.fields[0]).toMatchObject({ differing: 1, maxUlp: 0 });
    expect(differenceOf(FLOAT_OUTPUT, floats(Number.NaN), floats(Number.NaN))).toBeNull();
    expect(differenceOf(FLOAT_OUTPUT, floats(1), floats(Number.POSITIVE_INFINITY))?.fields[0]).toMatchObject({
      maxAbsolute: null,
      maxUlp: null,
    });
  });

  it("text in columns", () => {
    const csv: OutputSchema = { format: "csv", columns: [{ name: "read", type: "text" }] };
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    const [field] = differenceOf(csv, bytes("read\na\nb\n"), bytes("read\na\nc\n"))?.fields ?? [];
    expect(field).toMatchObject({
      name: "read",
      type: "text",
      firstRecord: 1,
      first: ["b", "c"],
      maxAbsolute: null,
      maxUlp: null,
    });
  });
});

function kernel(more: object = {}, both = false): KernelManifest {
  const wasm = { module: "kernel.wasm", maxMemoryPages: 4 };
  const wgsl = {
    shader: "kernel.wgsl",
    buffers: [
      { kind: "params", binding: 0 },
      { kind: "state", binding: 1 },
    ],
    passes: [{ entryPoint: "main", workgroups: 1 }],
    maxLoopIterations: 10,
  };
  return kernelManifestSchema.parse({
    ...fixtureManifest("one", { wasm }),
    ...(both && { backends: { wasm, wgsl } }),
    ...more,
  });
}

const run = (fromKnown: Difference | null, backend: "wasm" | "wgsl" = "wasm"): ProofRunReport => ({
  example: "one",
  backend,
  way: { type: "measured" },
  steps: 1,
  computeMs: 1,
  agrees: true,
  reason: "",
  fromKnown,
  fromMeasured: null,
});
const proposed = (manifest: KernelManifest, runs: ProofRunReport[]) =>
  propose(manifest, { backends: [], runs, measured: new Map() });

describe("what is proposed", () => {
  const tolerant = { exactness: "tolerant", comparator: { type: "tolerant", absolute: 1 }, output: FLOAT_OUTPUT };

  it("nothing where nothing was computed", () => {
    expect(proposed(kernel(), [])).toBeNull();
  });

  it("exact where every backend gives the same bytes", () => {
    expect(proposed(kernel(tolerant), [run(null)])).toMatchObject({
      exactness: "exact",
      comparator: { type: "exact" },
    });
    expect(proposed(kernel(tolerant, true), [run(null), run(null, "wgsl")])).toMatchObject({ exactness: "exact" });
  });

  it("not on the word of one backend of two, where there are floats", () => {
    expect(proposed(kernel(tolerant, true), [run(null)])).toMatchObject({ exactness: "tolerant", comparator: null });
    expect(
      proposed(kernel({ output: { format: "binary", record: [{ name: "n", type: "u32" }] } }, true), [run(null)]),
    ).toMatchObject({ exactness: "exact" });
  });

  it("a tolerance sixteen times as wide as what was found, to one digit", () => {
    const difference = differenceOf(FLOAT_OUTPUT, floats(1), floats(1.00002));
    expect(proposed(kernel(tolerant), [run(difference)])).toMatchObject({
      exactness: "tolerant",
      comparator: { type: "tolerant", relative: 0.0004 },
    });
    const nearZero = differenceOf(FLOAT_OUTPUT, floats(1e-9), floats(-1e-9));
    expect(proposed(kernel(tolerant), [run(nearZero)])).toMatchObject({
      comparator: { type: "tolerant", absolute: 4e-8 },
    });
  });

  it("no tolerance for what is no float", () => {
    const whole: OutputSchema = { format: "binary", header: [], record: [{ name: "count", type: "u32" }] };
    const difference = differenceOf(whole, new Uint8Array([1, 0, 0, 0]), new Uint8Array([2, 0, 0, 0]));
    expect(proposed(kernel({ output: whole }), [run(difference)])).toMatchObject({
      comparator: null,
      why: expect.stringContaining("count differs"),
    });
  });

  it("credit from the processor's time, or what kernel.json says", () => {
    const result: ProofRunResult = {
      kind: "output",
      bytes: new Uint8Array(),
      steps: 1,
      units: 100,
      unitsTotal: 100,
      computeMs: 50,
      unitsPerStep: 1,
      longestStepMs: 1,
    };
    const cost = (manifest: KernelManifest) =>
      propose(manifest, { backends: [], runs: [run(null)], measured: new Map([["wasm one", result]]) })?.cost;
    expect(cost(kernel())).toEqual({
      flopsPerUnit: 2e6,
      examples: [{ example: "one", flops: 2e8, cobblestones: expect.closeTo((2e8 * 200) / 86_400e9, 12) }],
    });
    expect(cost(kernel({ cost: { flopsPerUnit: 10 } }))).toMatchObject({
      flopsPerUnit: 10,
      examples: [{ flops: 1_000 }],
    });
  });
});
