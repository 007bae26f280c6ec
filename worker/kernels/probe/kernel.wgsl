// The same as kernel.ts, one workgroup of 64 lanes.

struct Params {
  start: u32,
  count: u32,
  pad0: u32,
  pad1: u32,
}

struct State {
  header: array<u32, 4>,
  seed: u32,
  total: atomic<u32>,
  pad0: u32,
  pad1: u32,
  lanes: array<u32, 64>,
  floats: array<f32, 1024>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: State;

const LANES = 64u;
const UNITS = 16u;
const ROUNDS = 1024u;

var<workgroup> shared_lanes: array<u32, 64>;

fn mix_bits(value: u32) -> u32 {
  var x = value;
  x ^= x << 13u;
  x ^= x >> 17u;
  x ^= x << 5u;
  return x * 1664525u + 1013904223u;
}

fn one_to_two(value: u32) -> f32 {
  return bitcast<f32>((value >> 9u) | 0x3f800000u);
}

fn float_of(unit: u32, lane: u32) -> f32 {
  let x = one_to_two(mix_bits(state.seed + unit * LANES + lane));
  let y = one_to_two(mix_bits(mix_bits(state.seed ^ (unit * LANES + lane))));
  let tiny = 1e-20f;
  switch lane & 7u {
    case 0u: {
      return x / y;
    }
    case 1u: {
      return sqrt(x * y);
    }
    case 2u: {
      return x * y - y * x * y;
    }
    case 3u: {
      return exp(x);
    }
    case 4u: {
      return sin(x);
    }
    case 5u: {
      return log2(x);
    }
    case 6u: {
      return x + 1000.0 + y - 1000.0;
    }
    default: {
      return x * tiny * (y * tiny) * 1e37f;
    }
  }
}

@compute @workgroup_size(64)
fn probe(@builtin(local_invocation_index) lane: u32) {
  var x = state.lanes[lane];
  for (var i = 0u; i < min(params.count, UNITS); i++) {
    let unit = params.start + i;
    for (var round = 0u; round < ROUNDS; round++) {
      x = mix_bits(x);
      x ^= x / ((x >> 20u) | 1u);
      x += x % 1000003u;
      x ^= bitcast<u32>(bitcast<i32>(x) >> 3u);
    }
    shared_lanes[lane] = x;
    state.floats[unit * LANES + lane] = float_of(unit, lane);
    workgroupBarrier();
    x += shared_lanes[(lane * 7u + 3u) % LANES];
    workgroupBarrier();
    atomicAdd(&state.total, x);
  }
  state.lanes[lane] = x;
}
