// Two-dimensional Ising model, the same bytes as kernel.ts. One workgroup owns one word of 32 chains for the whole
// dispatch, so its sweeps need no barrier beyond its own. Layout of the state: README.md.

struct Params {
  start: u32,
  count: u32,
  pad0: u32,
  pad1: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: array<u32>;

const THREADS = 256u;
const AT_SIZE = 4u;
const AT_THERMALISE = 6u;
const AT_EVERY = 8u;
const AT_THRESHOLD4 = 9u;
const AT_THRESHOLD8 = 10u;
const AT_SEED_LOW = 11u;
const AT_SEED_HIGH = 12u;
const AT_WORDS = 5u;
const AT_SUMS = 16u;
const SUMS_PER_CHAIN = 8u;
const MAX_UNITS = 4096u;
const MAX_HALF_SITES_PER_THREAD = 32u; // 128 * 128 / 2 / 256
const MAX_SITES_PER_THREAD = 64u;

var<workgroup> sharedThermalise: u32;
var<workgroup> sharedEvery: u32;
var<workgroup> upCount: array<atomic<u32>, 32>;
var<workgroup> unsatisfiedCount: array<atomic<u32>, 32>;

// @include "../lib/threefry.wgsl"

struct Lattice {
  size: u32,
  base: u32, // index of this word at site 0; sites are 4 apart
}

fn spin(lattice: Lattice, row: u32, col: u32) -> u32 {
  return state[lattice.base + 4u * (row * lattice.size + col)];
}

fn next(i: u32, size: u32) -> u32 {
  return select(i + 1u, 0u, i + 1u == size);
}

fn previous(i: u32, size: u32) -> u32 {
  return select(i - 1u, size - 1u, i == 0u);
}

// Metropolis for 32 chains at once: bit k of every word belongs to chain k. A random 32-bit number per chain is compared
// with its threshold from the highest bit down, one random word per bit, until no chain is undecided.
fn updateSite(lattice: Lattice, word: u32, row: u32, col: u32, sweep: u32) {
  let size = lattice.size;
  let self_spin = spin(lattice, row, col);
  let a = ~(self_spin ^ spin(lattice, previous(row, size), col));
  let b = ~(self_spin ^ spin(lattice, next(row, size), col));
  let c = ~(self_spin ^ spin(lattice, row, previous(col, size)));
  let d = ~(self_spin ^ spin(lattice, row, next(col, size)));
  let costs8 = a & b & c & d;
  let costs4 = ((a & b) & (c ^ d)) | ((a ^ b) & (c & d));
  var undecided = costs4 | costs8;
  var accept = ~undecided;
  let threshold4 = state[AT_THRESHOLD4];
  let threshold8 = state[AT_THRESHOLD8];
  let site = row * size + col;
  for (var block = 0u; block < 8u; block++) {
    if (undecided == 0u) {
      break;
    }
    let random = threefry(vec4u(site, sweep, word, block), state[AT_SEED_LOW], state[AT_SEED_HIGH]);
    for (var k = 0u; k < 4u; k++) {
      let shift = 31u - 4u * block - k;
      let bit4 = 0u - ((threshold4 >> shift) & 1u);
      let bit8 = 0u - ((threshold8 >> shift) & 1u);
      let bit = (costs4 & bit4) | (costs8 & bit8);
      accept |= undecided & bit & ~random[k];
      undecided &= ~(random[k] ^ bit);
    }
  }
  state[lattice.base + 4u * site] = self_spin ^ accept;
}

fn updateHalf(lattice: Lattice, word: u32, thread: u32, parity: u32, sweep: u32) {
  let half = lattice.size / 2u;
  for (var k = 0u; k < MAX_HALF_SITES_PER_THREAD; k++) {
    let i = k * THREADS + thread;
    if (i >= half * lattice.size) {
      break;
    }
    let row = i / half;
    updateSite(lattice, word, row, 2u * (i % half) + ((row + parity) & 1u), sweep);
  }
}

// Adds one bit per chain to counters whose bit p of all chains is planes[p].
fn addToPlanes(planes: ptr<function, array<u32, 8>>, bits: u32) {
  var carry = bits;
  for (var p = 0u; p < 8u; p++) {
    let old = (*planes)[p];
    (*planes)[p] = old ^ carry;
    carry &= old;
  }
}

fn countOf(planes: ptr<function, array<u32, 8>>, chain: u32) -> u32 {
  var count = 0u;
  for (var p = 0u; p < 8u; p++) {
    count |= (((*planes)[p] >> chain) & 1u) << p;
  }
  return count;
}

// This thread's share of up spins and of bonds (right and down of a site) between unequal spins, per chain.
fn countShare(lattice: Lattice, thread: u32) {
  let size = lattice.size;
  var ups: array<u32, 8>;
  var bonds: array<u32, 8>;
  for (var k = 0u; k < MAX_SITES_PER_THREAD; k++) {
    let i = k * THREADS + thread;
    if (i >= size * size) {
      break;
    }
    let row = i / size;
    let col = i % size;
    let here = spin(lattice, row, col);
    addToPlanes(&ups, here);
    addToPlanes(&bonds, here ^ spin(lattice, row, next(col, size)));
    addToPlanes(&bonds, here ^ spin(lattice, next(row, size), col));
  }
  for (var k = 0u; k < 32u; k++) {
    let chain = (k + thread) & 31u; // spreads the threads over the counters
    atomicAdd(&upCount[chain], countOf(&ups, chain));
    atomicAdd(&unsatisfiedCount[chain], countOf(&bonds, chain));
  }
}

// Adds a number below 2^32 to a sum of 64 bits, low word first.
fn addToSum(at: u32, value: u32) {
  let low = state[at] + value;
  state[at + 1u] += select(0u, 1u, low < value);
  state[at] = low;
}

fn takeSample(sites: u32, word: u32, chain: u32) {
  let ups = i32(atomicExchange(&upCount[chain], 0u));
  let unsatisfied = i32(atomicExchange(&unsatisfiedCount[chain], 0u));
  let magnetisation = u32(abs(2 * ups - i32(sites)));
  let bond = u32(abs(i32(sites) - unsatisfied));
  let at = AT_SUMS + SUMS_PER_CHAIN * (32u * word + chain);
  addToSum(at, magnetisation);
  addToSum(at + 2u, magnetisation * magnetisation);
  addToSum(at + 4u, u32(unsatisfied));
  addToSum(at + 6u, bond * bond);
}

@compute @workgroup_size(256)
fn sweep(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let size = state[AT_SIZE];
  let word = group.x;
  let sums = SUMS_PER_CHAIN * 32u * state[AT_WORDS];
  let lattice = Lattice(size, AT_SUMS + sums + (word / 4u) * 4u * size * size + (word & 3u));
  if (thread == 0u) {
    sharedThermalise = state[AT_THERMALISE];
    sharedEvery = state[AT_EVERY];
  }
  // Barriers need control flow that is uniform over the workgroup by construction.
  let thermalise = workgroupUniformLoad(&sharedThermalise);
  let every = workgroupUniformLoad(&sharedEvery);
  for (var i = 0u; i < min(params.count, MAX_UNITS); i++) {
    let unit = params.start + i;
    updateHalf(lattice, word, thread, 0u, unit);
    storageBarrier();
    updateHalf(lattice, word, thread, 1u, unit);
    storageBarrier();
    if (unit >= thermalise && (unit - thermalise + 1u) % every == 0u) {
      countShare(lattice, thread);
      workgroupBarrier();
      if (thread < 32u) {
        takeSample(size * size, word, thread);
      }
      workgroupBarrier();
    }
  }
}
