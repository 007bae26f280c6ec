/**
 * Score pass: best score and where it ends, for 8 reads on both strands at once (one lane each) against one chunk of the
 * genome. Gotoh's recurrences with saturating lanes: the smallest lane value stands for 0, so that saturation is the
 * `max(0, ...)` of local alignment.
 *
 * Lanes are bytes (scores to 255) wherever the parameters allow. A lane that comes near the top is continued exactly in
 * 32 bits beside the others and goes back when its scores have fallen. Groups where that happens often, and parameters
 * that do not fit, use 16-bit lanes in two halves (forward, then reverse); input limits keep scores below 65 536.
 */

import {
  CHUNK_COLUMNS, CHUNKS, codeAt, GAP_FIRST, GAP_NEXT, GENOME, GENOME_AT, GENOME_END, GROUP_READS, LANES, LENGTH,
  MATCH, MAX_ROWS, maxSpan, MISMATCH, READ_END, READS, record, SCORE, setWord, STRAND, word,
} from "./layout";
import { buildProfile, CODES } from "./profile";

/** Bytes per row of the column arrays: H of the last column, E towards the next, H of the column before the last. */
const ROW: usize = 48;

/** Lanes are tried as bytes up to this match score; above, two columns' worth of matches is too large a part of 255. */
const BYTE_MAX_MATCH: i32 = 10;
const BYTE_MAX_COST: i32 = 127;
/** A lane goes back to bytes only when it is this far below the limit, lest it change to and fro. */
const HYSTERESIS: i32 = 12;
/** Lane-columns in 32 bits within one chunk after which 16-bit lanes are faster. All 8 reads in one chunk stay below. */
const MOST_WIDE_COLUMNS: u32 = 2 * CHUNK_COLUMNS;

/** Memory beside the state; rebuilt whenever a step does not continue where the last one ended. */
let profile: usize = 0;
let column: usize = 0;
let wide: usize = 0;
let maxRows: u32 = 0;

let group: u32 = u32.MAX_VALUE;
let nextChunk: u32 = 0;
let bytes = false;
let rows: u32 = 0;

let gapFirst: i32 = 0;
let gapNext: i32 = 0;
let match: i32 = 0;
let mismatch: i32 = 0;

/** Per lane in the chunk at hand: best score (to be beaten strictly), its column, its row. */
const best = new StaticArray<i32>(<i32>LANES);
const bestColumn = new StaticArray<i32>(<i32>LANES);
const bestRow = new StaticArray<i32>(<i32>LANES);
/** `best` as byte lanes, or as the 16-bit lanes of the half at hand. */
let bestLanes: v128 = i8x16.splat(0);

/** Lanes now computed in 32 bits, one bit each, and how many lane-columns of this chunk that were. */
let wideLanes: u32 = 0;
let wideColumns: u32 = 0;

let maxima1: v128 = i8x16.splat(0);
let maxima2: v128 = i8x16.splat(0);

export function prepareScores(state: usize): void {
  maxRows = word(state, MAX_ROWS);
  gapFirst = <i32>word(state, GAP_FIRST);
  gapNext = <i32>word(state, GAP_NEXT);
  match = <i32>word(state, MATCH);
  mismatch = <i32>word(state, MISMATCH);
  // Per code and row: 16 byte lanes, or twice 8 lanes of 16 bits. One more code than letters is never needed.
  profile = heap.alloc(<usize>(CODES * maxRows * 32));
  column = heap.alloc(<usize>(2 * maxRows) * ROW);
  wide = heap.alloc(<usize>(LANES * maxRows * 8));
}

/** A restored state continues anywhere: forget what the memory beside it holds. */
export function forgetScores(): void {
  group = u32.MAX_VALUE;
}

/** Does score unit `unit`: one group of reads, one chunk of the genome. Improves the reads' records. */
export function scoreUnit(state: usize, unit: u32): void {
  const chunks = word(state, CHUNKS);
  const unitGroup = unit / chunks;
  const chunk = unit % chunks;
  if (unitGroup != group || chunk != nextChunk) {
    startGroup(state, unitGroup);
    if (chunk > 0) warmUp(state, chunk);
  }
  recallBest(state);
  const from = chunk * CHUNK_COLUMNS;
  run(state, from, min<u32>(from + CHUNK_COLUMNS, word(state, GENOME)));
  for (let lane: u32 = 0; lane < LANES; lane++) merge(state, lane);
  nextChunk = chunk + 1;
}

function startGroup(state: usize, wanted: u32): void {
  group = wanted;
  rows = word(record(state, group * GROUP_READS), LENGTH); // the longest of its reads comes first
  bytes = match <= BYTE_MAX_MATCH && -mismatch <= BYTE_MAX_COST && gapFirst <= BYTE_MAX_COST;
  buildProfile(state, profile, group, bytes);
  clearColumns();
}

function clearColumns(): void {
  wideLanes = 0;
  if (bytes) memory.fill(column, 0x80, <usize>rows * ROW);
  else {
    const zero = i16x8.splat(i16.MIN_VALUE);
    for (let at: usize = column; at < column + <usize>(2 * rows) * ROW; at += 16) v128.store(at, zero);
  }
}

/**
 * Columns before the chunk from which an alignment can still reach it. What they find is not recorded: `best` starts at
 * the largest value.
 */
function warmUp(state: usize, chunk: u32): void {
  const to = chunk * CHUNK_COLUMNS;
  const span = (maxSpan(state, rows) + 1) & ~1;
  for (let lane = 0; lane < <i32>LANES; lane++) best[lane] = i32.MAX_VALUE;
  run(state, span < to ? to - span : 0, to);
}

// @ts-ignore: decorator
@inline
function letterProfile(state: usize, index: u32, half: u32): usize {
  // An odd genome ends with one column too many: it matches nothing, so it improves nothing.
  const code = index < word(state, GENOME) ? codeAt(state, word(state, GENOME_AT), index) : 4;
  return profile + <usize>((half * CODES + min<u32>(code, 4)) * rows * 16);
}

/** Columns [from, to); an odd count only at the genome's end. */
function run(state: usize, from: u32, to: u32): void {
  if (rows == 0) return;
  if (bytes) {
    from = runBytes(state, from, to);
    if (from < to) useWords(state);
  }
  if (!bytes) {
    for (let half: u32 = 0; half < 2; half++) runWords(state, from, to, half);
  }
}

/** Returns where it stopped: before `to` when lanes were wide too often to go on like this. */
function runBytes(state: usize, from: u32, to: u32): u32 {
  setBestBytes();
  wideColumns = 0;
  const limit = i8x16.splat(<i8>(126 - 2 * match));
  for (let at = from; at < to; at += 2) {
    if (wideColumns > MOST_WIDE_COLUMNS) return at;
    const profile1 = letterProfile(state, at, 0);
    const profile2 = letterProfile(state, at + 1, 0);
    twoColumns<i8>(column, profile1, profile2);
    const elsewhere = wideLanes; // their bytes mean nothing
    if (elsewhere != 0) stepWide(at, profile1, profile2);
    const better = v128.or(i8x16.gt_s(maxima1, bestLanes), i8x16.gt_s(maxima2, bestLanes));
    if (v128.any_true(better)) {
      recordBytes(<i32>at, i8x16.bitmask(better) & ~elsewhere);
      setBestBytes();
    }
    const high = i8x16.bitmask(i8x16.gt_s(maxima2, limit)) & ~elsewhere;
    if (high != 0) widen(high);
  }
  return to;
}

function runWords(state: usize, from: u32, to: u32, half: u32): void {
  const at0 = column + <usize>(half * rows) * ROW;
  setBestWords(half);
  for (let at = from; at < to; at += 2) {
    twoColumns<i16>(at0, letterProfile(state, at, half), letterProfile(state, at + 1, half));
    const better = v128.or(i16x8.gt_s(maxima1, bestLanes), i16x8.gt_s(maxima2, bestLanes));
    if (v128.any_true(better)) {
      recordWords(at0, <i32>at, half, i16x8.bitmask(better));
      setBestWords(half);
    }
  }
}

/**
 * The recurrences for two neighbouring columns of all lanes. With x the best of a cell without its vertical gap,
 * max(f - next, max(x, f) - first) = max(f - next, x - first), since a first gap letter never costs less than a next one:
 * that keeps the dependency from row to row at two operations.
 */
// @ts-ignore: decorator
@inline
function twoColumns<T>(start: usize, profile1: usize, profile2: usize): void {
  const zero = v128.splat<T>(<T>(sizeof<T>() == 1 ? <i32>i8.MIN_VALUE : <i32>i16.MIN_VALUE));
  const first = v128.splat<T>(<T>gapFirst);
  const next = v128.splat<T>(<T>gapNext);
  let f1 = zero;
  let f2 = zero;
  let diagonal1 = zero;
  let diagonal2 = zero;
  let max1 = zero;
  let max2 = zero;
  const end = start + <usize>rows * ROW;
  for (let at = start; at < end; at += ROW) {
    let e = v128.load(at, 16);
    let x = v128.max<T>(v128.add_sat<T>(diagonal1, v128.load(profile1)), e);
    diagonal1 = v128.load(at);
    const h1 = v128.max<T>(x, f1);
    f1 = v128.max<T>(v128.sub_sat<T>(f1, next), v128.sub_sat<T>(x, first));
    e = v128.max<T>(v128.sub_sat<T>(e, next), v128.sub_sat<T>(h1, first));
    max1 = v128.max<T>(max1, h1);
    x = v128.max<T>(v128.add_sat<T>(diagonal2, v128.load(profile2)), e);
    diagonal2 = h1;
    const h2 = v128.max<T>(x, f2);
    f2 = v128.max<T>(v128.sub_sat<T>(f2, next), v128.sub_sat<T>(x, first));
    e = v128.max<T>(v128.sub_sat<T>(e, next), v128.sub_sat<T>(h2, first));
    max2 = v128.max<T>(max2, h2);
    v128.store(at, h2);
    v128.store(at, e, 16);
    v128.store(at, h1, 32);
    profile1 += 16;
    profile2 += 16;
  }
  maxima1 = max1;
  maxima2 = max2;
}

function setBestBytes(): void {
  for (let lane = 0; lane < <i32>LANES; lane++) {
    store<i8>(scratchLanes + lane, <i8>(min<i32>(best[lane], 255) - 128));
  }
  bestLanes = v128.load(scratchLanes);
}

function setBestWords(half: u32): void {
  for (let lane = 0; lane < 8; lane++) {
    store<i16>(scratchLanes + (lane << 1), <i16>(min<i32>(best[lane + (<i32>half << 3)], 65535) - 32768));
  }
  bestLanes = v128.load(scratchLanes);
}

const scratchLanes: usize = memory.data(16, 16);
const maxima1At: usize = memory.data(16, 16);
const maxima2At: usize = memory.data(16, 16);

/** The first of the two columns, and in it the first row, that beats the lane's best; then whether the second beats that. */
function recordBytes(at: i32, lanes: u32): void {
  v128.store(maxima1At, maxima1);
  v128.store(maxima2At, maxima2);
  for (; lanes != 0; lanes &= lanes - 1) {
    const lane = ctz(lanes);
    const top1 = <i32>load<i8>(maxima1At + lane);
    const top2 = <i32>load<i8>(maxima2At + lane);
    if (top1 + 128 > best[lane]) improve(lane, top1 + 128, at, rowOfByte(column + 32 + lane, top1));
    if (top2 + 128 > best[lane]) improve(lane, top2 + 128, at + 1, rowOfByte(column + lane, top2));
  }
}

function recordWords(start: usize, at: i32, half: u32, lanes: u32): void {
  v128.store(maxima1At, maxima1);
  v128.store(maxima2At, maxima2);
  for (; lanes != 0; lanes &= lanes - 1) {
    const offset = <usize>ctz(lanes) << 1;
    const lane = ctz(lanes) + (half << 3);
    const top1 = <i32>load<i16>(maxima1At + offset);
    const top2 = <i32>load<i16>(maxima2At + offset);
    if (top1 + 32768 > best[lane]) improve(lane, top1 + 32768, at, rowOfWord(start + 32 + offset, top1));
    if (top2 + 32768 > best[lane]) improve(lane, top2 + 32768, at + 1, rowOfWord(start + offset, top2));
  }
}

// @ts-ignore: decorator
@inline
function improve(lane: u32, score: i32, at: i32, row: i32): void {
  best[lane] = score;
  bestColumn[lane] = at;
  bestRow[lane] = row;
}

function rowOfByte(at: usize, value: i32): i32 {
  for (let row = 0; row < <i32>rows; row++, at += ROW) {
    if (<i32>load<i8>(at) == value) return row;
  }
  return unreachable();
}

function rowOfWord(at: usize, value: i32): i32 {
  for (let row = 0; row < <i32>rows; row++, at += ROW) {
    if (<i32>load<i16>(at) == value) return row;
  }
  return unreachable();
}

/** Takes lanes out of the bytes before the next two columns could reach the top: what they hold is still exact. */
function widen(lanes: u32): void {
  wideLanes |= lanes;
  for (; lanes != 0; lanes &= lanes - 1) {
    const lane = <usize>ctz(lanes);
    let to = wide + lane * <usize>(maxRows * 8);
    let from = column + lane;
    for (let row: u32 = 0; row < rows; row++, to += 8, from += ROW) {
      store<i32>(to, <i32>load<i8>(from) + 128);
      store<i32>(to, <i32>load<i8>(from, 16) + 128, 4);
    }
  }
}

function narrow(lane: usize): void {
  wideLanes &= ~(1 << <u32>lane);
  let from = wide + lane * <usize>(maxRows * 8);
  let to = column + lane;
  for (let row: u32 = 0; row < rows; row++, from += 8, to += ROW) {
    store<i8>(to, <i8>(load<i32>(from) - 128));
    store<i8>(to, <i8>(load<i32>(from, 4) - 128), 16);
  }
}

function stepWide(at: u32, profile1: usize, profile2: usize): void {
  for (let lanes = wideLanes; lanes != 0; lanes &= lanes - 1) {
    const lane = ctz(lanes);
    wideColumn(lane, <i32>at, profile1 + <usize>lane);
    const top = wideColumn(lane, <i32>at + 1, profile2 + <usize>lane);
    wideColumns += 2;
    if (top + HYSTERESIS <= 254 - 2 * match) narrow(<usize>lane);
  }
  setBestBytes();
}

/** One column of one lane in 32 bits. Returns its largest score. */
function wideColumn(lane: u32, at: i32, scores: usize): i32 {
  let cell = wide + <usize>(lane * maxRows * 8);
  let diagonal: i32 = 0;
  let f: i32 = 0;
  let top: i32 = 0;
  let topRow: i32 = 0;
  for (let row: i32 = 0; row < <i32>rows; row++, cell += 8, scores += 16) {
    const e = load<i32>(cell, 4);
    const x = max<i32>(max<i32>(diagonal + <i32>load<i8>(scores), e), 0);
    diagonal = load<i32>(cell);
    const h = max<i32>(x, f);
    f = max<i32>(max<i32>(f - gapNext, x - gapFirst), 0);
    store<i32>(cell, h);
    store<i32>(cell, max<i32>(max<i32>(e - gapNext, h - gapFirst), 0), 4);
    if (h > top) {
      top = h;
      topRow = row;
    }
  }
  if (top > best[lane]) improve(lane, top, at, topRow);
  return top;
}

/** This group needs 32 bits too often: from here on 16-bit lanes, with everything both kinds of lane hold. */
function useWords(state: usize): void {
  for (let lane: usize = 0; lane < <usize>LANES; lane++) {
    if ((wideLanes & (1 << <u32>lane)) == 0) widen(1 << <u32>lane);
  }
  bytes = false;
  buildProfile(state, profile, group, bytes);
  clearColumns();
  for (let lane: usize = 0; lane < <usize>LANES; lane++) {
    let from = wide + lane * <usize>(maxRows * 8);
    let to = column + (lane >> 3) * <usize>rows * ROW + ((lane & 7) << 1);
    for (let row: u32 = 0; row < rows; row++, from += 8, to += ROW) {
      store<i16>(to, <i16>(load<i32>(from) - 32768));
      store<i16>(to, <i16>(load<i32>(from, 4) - 32768), 16);
    }
  }
}

/** What a lane must beat: the read's score so far, where an equal one on the forward strand beats the reverse strand. */
function recallBest(state: usize): void {
  for (let lane: u32 = 0; lane < LANES; lane++) {
    const read = group * GROUP_READS + (lane & 7);
    let value: i32 = 0;
    if (read < word(state, READS)) {
      const entry = record(state, read);
      value = <i32>word(entry, SCORE);
      if (lane < 8 && value > 0 && word(entry, STRAND) == 1) value--;
    }
    best[lane] = value;
    bestColumn[lane] = -1;
  }
}

function merge(state: usize, lane: u32): void {
  if (bestColumn[lane] < 0) return;
  const entry = record(state, group * GROUP_READS + (lane & 7));
  const score = <u32>best[lane];
  const strand = lane >> 3;
  // The forward lane of the same read may have reached this score in this very unit.
  if (score < word(entry, SCORE) || (score == word(entry, SCORE) && strand >= word(entry, STRAND))) return;
  setWord(entry, SCORE, score);
  setWord(entry, STRAND, strand);
  setWord(entry, GENOME_END, <u32>bestColumn[lane] + 1);
  setWord(entry, READ_END, <u32>bestRow[lane] + 1);
}
