/** Substitution scores of a group of reads, laid out for the score pass. */

import {
  GROUP_READS,
  LANES,
  LENGTH,
  MATCH,
  MISMATCH,
  READS,
  record,
  strandCode,
  word,
} from "./layout";

/** A, C, G, T and any other letter of the genome. */
export const CODES: u32 = 5;

/**
 * Writes, per genome code and row of the group's longest read, the scores of 16 byte lanes; or, per half (strand), code
 * and row, of 8 lanes of 16 bits.
 */
export function buildProfile(state: usize, to: usize, group: u32, bytes: bool): void {
  const rows = word(record(state, group * GROUP_READS), LENGTH);
  for (let code: u32 = 0; code < CODES; code++) {
    for (let row: u32 = 0; row < rows; row++) {
      for (let lane: u32 = 0; lane < LANES; lane++) {
        const value = laneScore(state, group * GROUP_READS + (lane & 7), lane >> 3, row, code);
        if (bytes) store<i8>(to + <usize>((code * rows + row) * 16 + lane), <i8>value);
        else store<i16>(to + <usize>((((lane >> 3) * CODES + code) * rows + row) * 16 + (lane & 7) * 2), <i16>value);
      }
    }
  }
}

/** Rows behind a read's end, and lanes without a read, mismatch: they never exceed what real rows had before. */
// @ts-ignore: decorator
@inline
function laneScore(state: usize, read: u32, strand: u32, row: u32, code: u32): i32 {
  const mismatch = <i32>word(state, MISMATCH);
  if (code == 4 || read >= word(state, READS)) return mismatch;
  const entry = record(state, read);
  if (row >= word(entry, LENGTH)) return mismatch;
  return strandCode(state, entry, strand, row) == code ? <i32>word(state, MATCH) : mismatch;
}
