/**
 * The state every kernel saves: a header of four u32 (unitsTotal, unitsDone, status, reserved), then the kernel's body.
 * Both backends work on these very bytes, so a checkpoint of one is a checkpoint of the other.
 */

export const HEADER_BYTES: u32 = 16;

export const STATUS_RUNNING: u32 = 0;
/** Everything is computed although unitsDone < unitsTotal. */
export const STATUS_DONE_EARLY: u32 = 1;
/** The smallest error code: 0 and 1 have other meanings in the header. */
export const FIRST_ERROR: i32 = 2;

/** A zeroed state of `bytes` bytes, header included, 16-byte aligned. The only allocation most kernels need besides their files. */
export function createState(bytes: u32, unitsTotal: u32): usize {
  const state = heap.alloc(<usize>bytes);
  memory.fill(state, 0, <usize>bytes);
  store<u32>(state, unitsTotal);
  return state;
}

// @ts-ignore: decorator
@inline
export function unitsTotal(state: usize): u32 {
  return load<u32>(state);
}

// @ts-ignore: decorator
@inline
export function unitsDone(state: usize): u32 {
  return load<u32>(state, 4);
}

// @ts-ignore: decorator
@inline
export function setUnitsDone(state: usize, done: u32): void {
  store<u32>(state, done, 4);
}

// @ts-ignore: decorator
@inline
export function status(state: usize): u32 {
  return load<u32>(state, 8);
}

// @ts-ignore: decorator
@inline
export function setStatus(state: usize, value: u32): void {
  store<u32>(state, value, 8);
}

/** Units that a step with this budget has to do: never more than are left, none when the kernel is done or has failed. */
export function unitsForStep(state: usize, budget: u32): u32 {
  if (status(state) != STATUS_RUNNING) return 0;
  const left = unitsTotal(state) - unitsDone(state);
  return budget < left ? budget : left;
}

/** What `step` returns: minus the error code, or 0..1; 1 only when everything is done. */
export function progress(state: usize): f64 {
  const now = status(state);
  if (now >= <u32>FIRST_ERROR) return -(<f64>now);
  const total = unitsTotal(state);
  const done = unitsDone(state);
  if (now == STATUS_DONE_EARLY || done >= total) return 1;
  return <f64>done / <f64>total;
}

/** `pointer << 32 | length`, as `output` and `save` return it. */
// @ts-ignore: decorator
@inline
export function packed(pointer: usize, length: u32): u64 {
  return (<u64>pointer << 32) | <u64>length;
}

/**
 * Copies a saved state over `state`. Returns false, and changes nothing, when it cannot be one of this workunit: another
 * length, another unitsTotal, more done than there is. What the body must satisfy besides is the kernel's to check first.
 */
export function restoreState(state: usize, bytes: u32, from: usize, length: u32): bool {
  if (length != bytes) return false;
  if (unitsTotal(from) != unitsTotal(state)) return false;
  if (unitsDone(from) > unitsTotal(from)) return false;
  memory.copy(state, from, <usize>bytes);
  return true;
}
