import type { OutputSchema } from "../../../../server/core/wire/kernel-manifest.ts";

/** Builders of outputs for the comparators' tests. */

export const binarySchema: OutputSchema = {
  format: "binary",
  header: [
    { name: "energy", type: "f64" },
    { name: "error", type: "f64" },
  ],
  record: [
    { name: "x", type: "f32" },
    { name: "n", type: "i32" },
  ],
};

export interface BinaryOutput {
  energy?: number;
  error?: number;
  records?: readonly (readonly [x: number, n: number])[];
}

/** Bytes that fit `binarySchema`. */
export function binary({ energy = 0, error = 0, records = [] }: BinaryOutput): Uint8Array {
  const bytes = new Uint8Array(16 + 8 * records.length);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, energy, true);
  view.setFloat64(8, error, true);
  for (const [index, [x, n]] of records.entries()) {
    view.setFloat32(16 + 8 * index, x, true);
    view.setInt32(20 + 8 * index, n, true);
  }
  return bytes;
}

export function text(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
}

/** f64 values one after another. */
export function doubles(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float64Array.from(values).buffer);
}

/** A small seeded generator (mulberry32) of numbers in (0, 1): tests must not depend on the clock. */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
}

/** Standard normal variables by Box and Muller. */
export function normals(seed: number): () => number {
  const uniform = uniforms(seed);
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
