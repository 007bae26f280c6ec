/** Relaxation of one structure in f32; kernel.wgsl does the same steps. */

// A step moves no coordinate further than this; forces below REST are as good as f32 needs.
const MAX_SHIFT: f32 = 0.1;
const REST: f32 = 1e-4;
const FIRST_STEP: f32 = 0.001;
const SMALLEST_STEP: f32 = 0.0005;
const LARGEST_STEP: f32 = 0.1;

// One walker at a time lies here: x, y, z of atom 0, of atom 1...
export const position: usize = memory.data(384, 16);
/** Where the last step began to descend. */
export const lastGradient: usize = memory.data(384, 16);
const gradient: usize = memory.data(384, 16);

/**
 * One step of gradient descent with the step lengths of Barzilai and Borwein (IMA J. Numer. Anal. 8, 141 (1988));
 * `before` is the length of the last one, 0 = there was none. Returns the length of this one.
 */
export function descend(atoms: u32, before: f32): f32 {
  computeGradient(atoms);
  const coordinates: u32 = 3 * atoms;
  let largest: f32 = 0;
  let previous2: f32 = 0;
  let product: f32 = 0;
  for (let at: usize = 0; at < <usize>(4 * coordinates); at += 4) {
    const g = load<f32>(gradient + at);
    const p = load<f32>(lastGradient + at);
    largest = max<f32>(largest, abs<f32>(g));
    previous2 += p * p;
    product += p * g;
  }
  if (largest <= REST) return before;
  let length = FIRST_STEP;
  if (before > 0) {
    const curvature = previous2 - product;
    length = curvature > 0 ? (before * previous2) / curvature : LARGEST_STEP;
    length = min<f32>(max<f32>(length, SMALLEST_STEP), LARGEST_STEP);
  }
  length = min<f32>(length, MAX_SHIFT / largest);
  for (let at: usize = 0; at < <usize>(4 * coordinates); at += 4) {
    const g = load<f32>(gradient + at);
    store<f32>(lastGradient + at, g);
    store<f32>(position + at, load<f32>(position + at) - length * g);
  }
  return length;
}

function computeGradient(atoms: u32): void {
  for (let i: u32 = 0; i < atoms; i++) {
    const here = position + <usize>(12 * i);
    let gx: f32 = 0;
    let gy: f32 = 0;
    let gz: f32 = 0;
    for (let j: u32 = 0; j < atoms; j++) {
      if (j == i) continue;
      const there = position + <usize>(12 * j);
      const dx = load<f32>(here) - load<f32>(there);
      const dy = load<f32>(here, 4) - load<f32>(there, 4);
      const dz = load<f32>(here, 8) - load<f32>(there, 8);
      const inverse: f32 = <f32>1 / max<f32>(dx * dx + dy * dy + dz * dz, 0.25);
      const inverse3 = inverse * inverse * inverse;
      const slope = inverse * inverse3 * (24 - 48 * inverse3);
      gx += slope * dx;
      gy += slope * dy;
      gz += slope * dz;
    }
    const to = gradient + <usize>(12 * i);
    store<f32>(to, gx);
    store<f32>(to, gy, 4);
    store<f32>(to, gz, 8);
  }
}
