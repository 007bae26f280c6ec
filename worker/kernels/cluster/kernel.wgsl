// Lennard-Jones clusters: annealing in integers, the same bytes as kernel.ts, then relaxation in f32, the same structures
// up to rounding. One invocation is one walker. Layout of the state: README.md.

struct Params {
  start: u32,
  count: u32,
  pad0: u32,
  pad1: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: array<u32>;

const MAX_ATOMS = 32u;
const MAX_COORDINATES = 96u;
const MAX_UNITS = 4096u;
const MOVES_PER_UNIT = 8u;
const STAGES = 64u;
const RELAX_STEPS_PER_UNIT = 2u;
const PAIR_ENTRIES = 2048u;

const AT_ATOMS = 4u;
const AT_WALKERS = 5u;
const AT_UNITS_PER_CYCLE = 6u;
const AT_ANNEAL_UNITS = 7u;
const AT_SEED_LOW = 8u;
const AT_SEED_HIGH = 9u;
const AT_RADIUS_SQUARED = 10u;
const AT_STAGES = 16u;
const AT_ACCEPT = 272u; // AT_STAGES + 4 * STAGES
const AT_PAIRS = 1296u; // AT_ACCEPT + 1024
const AT_WALKER_DATA = 3360u; // AT_PAIRS + PAIR_ENTRIES + 16

const MAX_SHIFT = 0.1f;
const REST = 1e-4f;
const FIRST_STEP = 0.001f;
const SMALLEST_STEP = 0.0005f;
const LARGEST_STEP = 0.1f;

struct Walker {
  index: u32,
  walkers: u32,
  atoms: u32,
}

// Coordinate c of the current structure (block 0) or of the best one (block 1; the last gradient while relaxing).
fn at(walker: Walker, block: u32, c: u32) -> u32 {
  return AT_WALKER_DATA + (block * 3u * walker.atoms + c) * walker.walkers + walker.index;
}

// The current energy (0; the step length while relaxing) or the best one (1).
fn energyAt(walker: Walker, which: u32) -> u32 {
  return AT_WALKER_DATA + (6u * walker.atoms + which) * walker.walkers + walker.index;
}

// @include "../lib/threefry.wgsl"

fn shift16(random: u32, most: u32) -> i32 {
  return i32((random * (2u * most + 1u)) >> 16u) - i32(most);
}

fn squares(v: vec3i) -> u32 {
  return u32(v.x * v.x + v.y * v.y + v.z * v.z);
}

fn pairEnergy(squared: u32) -> i32 {
  let k = squared >> 17u;
  if (k >= PAIR_ENTRIES) {
    return 0;
  }
  let low = bitcast<i32>(state[AT_PAIRS + k]);
  let high = bitcast<i32>(state[AT_PAIRS + k + 1u]);
  return low + (((high - low) * i32((squared >> 7u) & 1023u)) >> 10u);
}

fn positionOf(walker: Walker, atom: u32) -> vec3i {
  return vec3i(
    bitcast<i32>(state[at(walker, 0u, 3u * atom)]),
    bitcast<i32>(state[at(walker, 0u, 3u * atom + 1u)]),
    bitcast<i32>(state[at(walker, 0u, 3u * atom + 2u)]),
  );
}

// One Metropolis move of one atom; returns by how much the energy changed.
fn moveAtom(walker: Walker, index: u32, stage: u32) -> i32 {
  let random = threefry(vec4u(walker.index, index, 0u, 0u), state[AT_SEED_LOW], state[AT_SEED_HIGH]);
  let most = state[stage + 2u];
  let atom = ((random.x >> 16u) * walker.atoms) >> 16u;
  let old = positionOf(walker, atom);
  let new_position = old + vec3i(
    shift16(random.x & 0xffffu, most),
    shift16(random.y >> 16u, most),
    shift16(random.y & 0xffffu, most),
  );
  if (squares(new_position) > state[AT_RADIUS_SQUARED]) {
    return 0;
  }
  var cost = 0;
  for (var j = 0u; j < min(walker.atoms, MAX_ATOMS); j++) {
    if (j != atom) {
      let there = positionOf(walker, j);
      cost += pairEnergy(squares(new_position - there)) - pairEnergy(squares(old - there));
    }
  }
  if (cost > 0) {
    if (u32(cost) >= state[stage]) {
      return 0;
    }
    let k = ((u32(cost) >> 4u) * state[stage + 1u]) >> 16u;
    if (random.z >= state[AT_ACCEPT + k]) {
      return 0;
    }
  }
  state[at(walker, 0u, 3u * atom)] = bitcast<u32>(new_position.x);
  state[at(walker, 0u, 3u * atom + 1u)] = bitcast<u32>(new_position.y);
  state[at(walker, 0u, 3u * atom + 2u)] = bitcast<u32>(new_position.z);
  return cost;
}

fn annealUnit(walker: Walker, unit: u32) {
  let perCycle = state[AT_UNITS_PER_CYCLE];
  let stage = AT_STAGES + 4u * (((unit % perCycle) * STAGES) / perCycle);
  var energy = bitcast<i32>(state[energyAt(walker, 0u)]);
  for (var k = 0u; k < MOVES_PER_UNIT; k++) {
    energy += moveAtom(walker, unit * MOVES_PER_UNIT + k, stage);
  }
  state[energyAt(walker, 0u)] = bitcast<u32>(energy);
  if ((unit + 1u) % perCycle == 0u && energy < bitcast<i32>(state[energyAt(walker, 1u)])) {
    state[energyAt(walker, 1u)] = bitcast<u32>(energy);
    for (var c = 0u; c < min(3u * walker.atoms, MAX_COORDINATES); c++) {
      state[at(walker, 1u, c)] = state[at(walker, 0u, c)];
    }
  }
}

fn pointOf(walker: Walker, atom: u32) -> vec3f {
  return vec3f(
    bitcast<f32>(state[at(walker, 0u, 3u * atom)]),
    bitcast<f32>(state[at(walker, 0u, 3u * atom + 1u)]),
    bitcast<f32>(state[at(walker, 0u, 3u * atom + 2u)]),
  );
}

fn gradientOf(walker: Walker, atom: u32) -> vec3f {
  let here = pointOf(walker, atom);
  var sum = vec3f();
  for (var j = 0u; j < min(walker.atoms, MAX_ATOMS); j++) {
    if (j != atom) {
      let d = here - pointOf(walker, j);
      let inverse = 1.0f / max(dot(d, d), 0.25f);
      let inverse3 = inverse * inverse * inverse;
      sum += inverse * inverse3 * (24.0f - 48.0f * inverse3) * d;
    }
  }
  return sum;
}

// One step of Barzilai and Borwein's gradient descent; `before` is the length of the last one, 0 = there was none.
fn descend(walker: Walker, before: f32) -> f32 {
  var gradient: array<vec3f, 32>;
  var largest = 0.0f;
  var previous2 = 0.0f;
  var product = 0.0f;
  for (var i = 0u; i < min(walker.atoms, MAX_ATOMS); i++) {
    let g = gradientOf(walker, i);
    let p = vec3f(
      bitcast<f32>(state[at(walker, 1u, 3u * i)]),
      bitcast<f32>(state[at(walker, 1u, 3u * i + 1u)]),
      bitcast<f32>(state[at(walker, 1u, 3u * i + 2u)]),
    );
    gradient[i] = g;
    largest = max(largest, max(abs(g.x), max(abs(g.y), abs(g.z))));
    previous2 += dot(p, p);
    product += dot(p, g);
  }
  if (largest <= REST) {
    return before;
  }
  var length = FIRST_STEP;
  if (before > 0.0f) {
    let curvature = previous2 - product;
    length = LARGEST_STEP;
    if (curvature > 0.0f) {
      length = before * previous2 / curvature;
    }
    length = clamp(length, SMALLEST_STEP, LARGEST_STEP);
  }
  length = min(length, MAX_SHIFT / largest);
  for (var i = 0u; i < min(walker.atoms, MAX_ATOMS); i++) {
    let g = gradient[i];
    let point = pointOf(walker, i) - length * g;
    for (var axis = 0u; axis < 3u; axis++) {
      state[at(walker, 0u, 3u * i + axis)] = bitcast<u32>(point[axis]);
      state[at(walker, 1u, 3u * i + axis)] = bitcast<u32>(g[axis]);
    }
  }
  return length;
}

fn relaxUnit(walker: Walker, isFirst: bool) {
  var length = 0.0f;
  if (isFirst) {
    for (var c = 0u; c < min(3u * walker.atoms, MAX_COORDINATES); c++) {
      let best = f32(bitcast<i32>(state[at(walker, 1u, c)])) * (1.0f / 4096.0f);
      state[at(walker, 0u, c)] = bitcast<u32>(best);
      state[at(walker, 1u, c)] = 0u;
    }
  } else {
    length = bitcast<f32>(state[energyAt(walker, 0u)]);
  }
  for (var k = 0u; k < RELAX_STEPS_PER_UNIT; k++) {
    length = descend(walker, length);
  }
  state[energyAt(walker, 0u)] = bitcast<u32>(length);
}

@compute @workgroup_size(64)
fn search(@builtin(global_invocation_id) id: vec3u) {
  let walker = Walker(id.x, state[AT_WALKERS], state[AT_ATOMS]);
  if (walker.index >= walker.walkers) {
    return;
  }
  let annealUnits = state[AT_ANNEAL_UNITS];
  for (var i = 0u; i < min(params.count, MAX_UNITS); i++) {
    let unit = params.start + i;
    if (unit < annealUnits) {
      annealUnit(walker, unit);
    } else {
      relaxUnit(walker, unit == annealUnits);
    }
  }
}
