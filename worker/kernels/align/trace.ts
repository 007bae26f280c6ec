/**
 * Trace pass: where the best alignment of a read begins, given its score S and its end. The recurrences run backwards
 * from the end cell, column by column towards the genome's beginning; the first column that holds S has the largest
 * genome start, and in it the first row the largest read start.
 *
 * The end is the smallest of all ends with score S, so every proper part of the alignment at its end scores more than 0
 * (without it the alignment would have score >= S and a smaller end). So 0 can stand for "unreachable". A cell from which
 * matches of all remaining rows do not reach S is unreachable too: for a similar pair a narrow band is left.
 */

import {
  codeAt,
  GAP_FIRST,
  GAP_NEXT,
  GENOME_AT,
  GENOME_END,
  GENOME_START,
  LENGTH,
  MATCH,
  MAX_ROWS,
  maxSpan,
  MISMATCH,
  READ_END,
  READ_START,
  record,
  SCORE,
  setWord,
  STRAND,
  strandCode,
  word,
} from "./layout";

/** Per row H of the last column and E towards the next one; then the codes of the rows. */
let cells: usize = 0;
let codes: usize = 0;

export function prepareTrace(state: usize): void {
  const rows = word(state, MAX_ROWS);
  cells = heap.alloc(<usize>(rows * 8));
  codes = heap.alloc(<usize>rows);
}

/** Does the trace unit of one read. */
export function traceRead(state: usize, read: u32): void {
  const entry = record(state, read);
  const score = <i32>word(entry, SCORE);
  if (score == 0) return;
  const rows = <i32>word(entry, READ_END);
  const genomeEnd = word(entry, GENOME_END);
  memory.fill(cells, 0, <usize>rows * 8);
  for (let row = 0; row < rows; row++) {
    store<u8>(codes + row, <u8>strandCode(state, entry, word(entry, STRAND), <u32>(rows - 1 - row)));
  }
  const columns = min<u32>(genomeEnd, maxSpan(state, word(entry, LENGTH)));
  first = 0;
  last = -1;
  for (let column: u32 = 0; column < columns; column++) {
    const letter = codeAt(state, word(state, GENOME_AT), genomeEnd - 1 - column);
    const row = traceColumn(state, rows, score, letter, column == 0);
    if (row >= 0) {
      setWord(entry, GENOME_START, genomeEnd - 1 - column);
      setWord(entry, READ_START, <u32>(rows - 1 - row));
      return;
    }
  }
}

/** Rows of the last column that are reachable. */
let first: i32 = 0;
let last: i32 = 0;

/** One column. Returns the first row that has `score`, or -1. */
function traceColumn(state: usize, rows: i32, score: i32, letter: u32, anchor: bool): i32 {
  const match = <i32>word(state, MATCH);
  const mismatch = <i32>word(state, MISMATCH);
  const gapFirst = <i32>word(state, GAP_FIRST);
  const gapNext = <i32>word(state, GAP_NEXT);
  let f: i32 = 0;
  let diagonal: i32 = 0;
  let newFirst = rows;
  let newLast: i32 = -1;
  for (let row = first; row < rows; row++) {
    if (row > last + 1 && f == 0 && !(anchor && row == 0)) break;
    const cell = cells + (<usize>row << 3);
    const left = load<i32>(cell, 4);
    let h = max<i32>(left, f);
    if (diagonal > 0 || (anchor && row == 0)) {
      h = max<i32>(h, diagonal + (<u32>load<u8>(codes + row) == letter ? match : mismatch));
    }
    diagonal = load<i32>(cell);
    // What must be there already, if matches in all remaining rows are to reach the score.
    const least = max<i32>(score - (rows - 1 - row) * match, 1);
    if (h < least) h = 0;
    if (h == score) return row;
    let e = max<i32>(left - gapNext, h - gapFirst);
    if (e < least) e = 0;
    f = max<i32>(f - gapNext, h - gapFirst);
    if (f < least) f = 0;
    store<i32>(cell, h);
    store<i32>(cell, e, 4);
    if (h > 0 || e > 0) {
      if (newFirst > row) newFirst = row;
      newLast = row;
    }
  }
  first = newFirst;
  last = newLast;
  return -1;
}
