// Smith-Waterman on the state of layout.ts: three passes over the units [start, start + count).
//   score  one thread per lane (read, strand) and chunk of the genome, with as many columns before the chunk as an
//          alignment can span; leaves its best in scratch
//   merge  one thread per read: takes the best of its lanes into the read's record
//   trace  one thread per read: where its best alignment begins
// Threads take several lanes when there are more lanes than THREADS. See score.ts and trace.ts for the reasoning.

struct Params { start: u32, count: u32, pad0: u32, pad1: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: array<u32>;
// THREADS columns of MAX_ROWS words (H << 16 | E), interleaved so that neighbours read neighbours; then two words per
// lane of this dispatch: score << 16 | (65535 - row), column.
@group(0) @binding(2) var<storage, read_write> scratch: array<u32>;

const READS = 4u;
const GENOME = 5u;
const MATCH = 6u;
const MISMATCH = 7u;
const GAP_FIRST = 8u;
const GAP_NEXT = 9u;
const CHUNKS = 10u;
const SCORE_UNITS = 11u;
const THREADS = 12u;
const MAX_ROWS = 14u;
const GENOME_AT = 15u;
const TABLE_AT = 16u;

const LETTERS = 0u;
const LENGTH = 1u;
const SCORE = 2u;
const STRAND = 3u;
const GENOME_END = 4u;
const READ_END = 5u;
const GENOME_START = 6u;
const READ_START = 7u;
const READ_WORDS = 8u;

const GROUP_READS = 8u;
const LANES = 16u;
const CHUNK_COLUMNS = 2048u;

fn code_at(letters: u32, index: u32) -> u32 {
  return (state[letters + (index >> 3u)] >> ((index & 7u) << 2u)) & 15u;
}

fn strand_code(entry: u32, strand: u32, row: u32) -> u32 {
  let letters = state[entry + LETTERS];
  if (strand == 0u) { return code_at(letters, row); }
  let code = code_at(letters, state[entry + LENGTH] - 1u - row);
  return select(code, 3u - code, code < 4u);
}

fn max_span(length: u32) -> u32 {
  return length + (length * state[MATCH]) / state[GAP_NEXT];
}

// One cell of the recurrences, with E and F for its neighbours.
struct Cell { h: i32, e: i32, f: i32 }

fn cell(diagonal: i32, substitution: i32, e: i32, f: i32) -> Cell {
  let h = max(max(diagonal + substitution, e), max(f, 0));
  let opened = h - gap_first_letter;
  return Cell(h, max(e - gap_next_letter, opened), max(f - gap_next_letter, opened));
}

var<private> gap_first_letter: i32;
var<private> gap_next_letter: i32;

@compute @workgroup_size(64)
fn score(@builtin(global_invocation_id) id: vec3u) {
  let threads = state[THREADS];
  let end = min(params.start + params.count, state[SCORE_UNITS]);
  if (id.x >= threads || params.start >= end) { return; }
  gap_first_letter = i32(state[GAP_FIRST]);
  gap_next_letter = i32(state[GAP_NEXT]);
  let lanes = (end - params.start) * LANES;
  for (var lane = id.x; lane < lanes; lane += threads) {
    let unit = params.start + lane / LANES;
    let read = (unit / state[CHUNKS]) * GROUP_READS + (lane & 7u);
    if (read < state[READS]) {
      score_lane(id.x, lane, read, (lane >> 3u) & 1u, unit % state[CHUNKS]);
    }
  }
}

var<private> best_key: u32;
var<private> best_column: u32;

fn offer(key: u32, column: u32, limit: u32) {
  if (column < limit && (key >> 16u) > (best_key >> 16u)) {
    best_key = key;
    best_column = column;
  }
}

fn score_lane(thread: u32, lane: u32, read: u32, strand: u32, chunk: u32) {
  let threads = state[THREADS];
  let entry = state[TABLE_AT] + read * READ_WORDS;
  let rows = state[entry + LENGTH];
  let hit = i32(state[MATCH]);
  let miss = i32(state[MISMATCH]);
  let first_column = chunk * CHUNK_COLUMNS;
  let limit = min(first_column + CHUNK_COLUMNS, state[GENOME]);
  let span = max_span(rows);
  let from_column = select(0u, first_column - span, span < first_column) & ~7u;
  for (var row = 0u; row < rows; row++) { scratch[row * threads + thread] = 0u; }
  best_key = 0u;
  best_column = 0u;

  // Eight columns at a time, row by row: H and F of the eight stay in registers, H and E of the last go to scratch.
  for (var block = from_column; block < limit; block += 8u) {
    let genome = state[state[GENOME_AT] + (block >> 3u)];
    var h0 = 0; var h1 = 0; var h2 = 0; var h3 = 0; var h4 = 0; var h5 = 0; var h6 = 0; var h7 = 0;
    var f0 = 0; var f1 = 0; var f2 = 0; var f3 = 0; var f4 = 0; var f5 = 0; var f6 = 0; var f7 = 0;
    var k0 = 0u; var k1 = 0u; var k2 = 0u; var k3 = 0u; var k4 = 0u; var k5 = 0u; var k6 = 0u; var k7 = 0u;
    var corner = 0; // H of the row above in the column before the block
    for (var row = 0u; row < rows; row++) {
      let at = row * threads + thread;
      let before = scratch[at];
      let code = strand_code(entry, strand, row);
      let mark = 65535u - row;
      var e = i32(before & 0xffffu);
      var diagonal = corner;
      corner = i32(before >> 16u);
      var c: Cell;
      c = cell(diagonal, select(miss, hit, code == (genome & 15u)), e, f0);
      diagonal = h0; h0 = c.h; f0 = c.f; e = c.e; k0 = max(k0, (u32(c.h) << 16u) | mark);
      c = cell(diagonal, select(miss, hit, code == ((genome >> 4u) & 15u)), e, f1);
      diagonal = h1; h1 = c.h; f1 = c.f; e = c.e; k1 = max(k1, (u32(c.h) << 16u) | mark);
      c = cell(diagonal, select(miss, hit, code == ((genome >> 8u) & 15u)), e, f2);
      diagonal = h2; h2 = c.h; f2 = c.f; e = c.e; k2 = max(k2, (u32(c.h) << 16u) | mark);
      c = cell(diagonal, select(miss, hit, code == ((genome >> 12u) & 15u)), e, f3);
      diagonal = h3; h3 = c.h; f3 = c.f; e = c.e; k3 = max(k3, (u32(c.h) << 16u) | mark);
      c = cell(diagonal, select(miss, hit, code == ((genome >> 16u) & 15u)), e, f4);
      diagonal = h4; h4 = c.h; f4 = c.f; e = c.e; k4 = max(k4, (u32(c.h) << 16u) | mark);
      c = cell(diagonal, select(miss, hit, code == ((genome >> 20u) & 15u)), e, f5);
      diagonal = h5; h5 = c.h; f5 = c.f; e = c.e; k5 = max(k5, (u32(c.h) << 16u) | mark);
      c = cell(diagonal, select(miss, hit, code == ((genome >> 24u) & 15u)), e, f6);
      diagonal = h6; h6 = c.h; f6 = c.f; e = c.e; k6 = max(k6, (u32(c.h) << 16u) | mark);
      c = cell(diagonal, select(miss, hit, code == (genome >> 28u)), e, f7);
      h7 = c.h; f7 = c.f; e = c.e; k7 = max(k7, (u32(c.h) << 16u) | mark);
      scratch[at] = (u32(h7) << 16u) | u32(max(e, 0));
    }
    if (block >= first_column) {
      offer(k0, block, limit);
      offer(k1, block + 1u, limit);
      offer(k2, block + 2u, limit);
      offer(k3, block + 3u, limit);
      offer(k4, block + 4u, limit);
      offer(k5, block + 5u, limit);
      offer(k6, block + 6u, limit);
      offer(k7, block + 7u, limit);
    }
  }
  let slot = threads * state[MAX_ROWS] + lane * 2u;
  scratch[slot] = best_key;
  scratch[slot + 1u] = best_column;
}

@compute @workgroup_size(64)
fn merge(@builtin(global_invocation_id) id: vec3u) {
  let threads = state[THREADS];
  let end = min(params.start + params.count, state[SCORE_UNITS]);
  if (id.x >= threads || params.start >= end) { return; }
  let chunks = state[CHUNKS];
  let first_group = params.start / chunks;
  let reads = ((end - 1u) / chunks - first_group + 1u) * GROUP_READS;
  for (var index = id.x; index < reads; index += threads) {
    let group = first_group + index / GROUP_READS;
    let read = group * GROUP_READS + (index & 7u);
    if (read < state[READS]) {
      merge_read(read, max(params.start, group * chunks), min(end, (group + 1u) * chunks));
    }
  }
}

fn merge_read(read: u32, from_unit: u32, end: u32) {
  let entry = state[TABLE_AT] + read * READ_WORDS;
  let slots = state[THREADS] * state[MAX_ROWS];
  for (var unit = from_unit; unit < end; unit++) {
    for (var strand = 0u; strand < 2u; strand++) {
      let slot = slots + ((unit - params.start) * LANES + strand * 8u + (read & 7u)) * 2u;
      let score = scratch[slot] >> 16u;
      let known = state[entry + SCORE];
      if (score > known || (score == known && score > 0u && strand < state[entry + STRAND])) {
        state[entry + SCORE] = score;
        state[entry + STRAND] = strand;
        state[entry + GENOME_END] = scratch[slot + 1u] + 1u;
        state[entry + READ_END] = 65536u - (scratch[slot] & 0xffffu);
      }
    }
  }
}

@compute @workgroup_size(64)
fn trace(@builtin(global_invocation_id) id: vec3u) {
  let threads = state[THREADS];
  let first_unit = state[SCORE_UNITS];
  let end = min(params.start + params.count, first_unit + state[READS]);
  if (id.x >= threads || end <= first_unit) { return; }
  for (var unit = max(params.start, first_unit) + id.x; unit < end; unit += threads) {
    trace_read(id.x, state[TABLE_AT] + (unit - first_unit) * READ_WORDS);
  }
}

var<private> first_row: u32;
// One more than the last reachable row.
var<private> end_row: u32;

fn trace_read(thread: u32, entry: u32) {
  let score = state[entry + SCORE];
  if (score == 0u) { return; }
  let threads = state[THREADS];
  let rows = state[entry + READ_END];
  let genome_end = state[entry + GENOME_END];
  for (var row = 0u; row < rows; row++) { scratch[row * threads + thread] = 0u; }
  let columns = min(genome_end, max_span(state[entry + LENGTH]));
  first_row = 0u;
  end_row = 0u;
  for (var column = 0u; column < columns; column++) {
    let letter = code_at(state[GENOME_AT], genome_end - 1u - column);
    let row = trace_column(thread, entry, i32(score), letter, column == 0u);
    if (row < rows) {
      state[entry + GENOME_START] = genome_end - 1u - column;
      state[entry + READ_START] = rows - 1u - row;
      return;
    }
  }
}

// Returns the first row that has `score`, or the number of rows.
fn trace_column(thread: u32, entry: u32, score: i32, letter: u32, anchor: bool) -> u32 {
  let threads = state[THREADS];
  let rows = state[entry + READ_END];
  let strand = state[entry + STRAND];
  let hit = i32(state[MATCH]);
  let miss = i32(state[MISMATCH]);
  let gap_first = i32(state[GAP_FIRST]);
  let gap_next = i32(state[GAP_NEXT]);
  var f = 0;
  var diagonal = 0;
  var new_first = rows;
  var new_end = 0u;
  for (var row = first_row; row < rows; row++) {
    let start = anchor && row == 0u;
    if (row > end_row && f == 0 && !start) { break; }
    let at = row * threads + thread;
    let before = scratch[at];
    let left = i32(before & 0xffffu);
    var h = max(left, f);
    if (diagonal > 0 || start) {
      h = max(h, diagonal + select(miss, hit, strand_code(entry, strand, rows - 1u - row) == letter));
    }
    diagonal = i32(before >> 16u);
    let least = max(score - i32(rows - 1u - row) * hit, 1);
    if (h < least) { h = 0; }
    if (h == score) { return row; }
    var e = max(left - gap_next, h - gap_first);
    if (e < least) { e = 0; }
    f = max(f - gap_next, h - gap_first);
    if (f < least) { f = 0; }
    scratch[at] = (u32(h) << 16u) | u32(e);
    if (h > 0 || e > 0) {
      new_first = min(new_first, row);
      new_end = row + 1u;
    }
  }
  first_row = new_first;
  end_row = new_end;
  return rows;
}
