// Collatz steps, on the graphics card: the same bytes as kernel.ts. One workgroup does one unit, a block of 64 numbers.

struct Params {
  start: u32, // the first unit of this dispatch
  count: u32, // units of this dispatch
  pad0: u32,
  pad1: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: array<u32>;

const AT_FIRST = 4u;
const AT_COUNT = 5u;
const AT_STEPS = 8u;
const BLOCK = 64u;
const MOST_STEPS = 512u;

@compute @workgroup_size(64)
fn count_steps(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (params.start + group.x) * BLOCK + lane;
  if (group.x >= params.count || index >= state[AT_COUNT]) {
    return;
  }
  var number = state[AT_FIRST] + index;
  var steps = 0u;
  for (; number != 1u && steps < MOST_STEPS; steps++) {
    number = select(3u * number + 1u, number >> 1u, (number & 1u) == 0u);
  }
  state[AT_STEPS + index] = steps;
}
