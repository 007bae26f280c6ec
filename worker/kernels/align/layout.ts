/**
 * The state of align (checkpointFormat align-1), in u32 words. WGSL declares the same numbers.
 *
 *  0 header: unitsTotal, unitsDone, status, reserved
 *  4 READS              number of reads
 *  5 GENOME             genome length in letters
 *  6 MATCH, 7 MISMATCH (i32), 8 GAP_FIRST (open + extend), 9 GAP_NEXT (extend)
 * 10 CHUNKS             chunks of CHUNK_COLUMNS columns in the genome
 * 11 SCORE_UNITS        groups * CHUNKS; one trace unit per read follows
 * 12 THREADS            WGSL only: threads of the score pass
 * 13 SCRATCH_BYTES      WGSL only
 * 14 MAX_ROWS           length of the longest read, at least 1
 * 15 GENOME_AT          word of the genome's letters, eight 4-bit codes per word
 * 16 TABLE_AT           word of the read table, READ_WORDS each, longest read first (equal lengths: as given)
 * 17.. reserved
 * The letters of the reads lie between genome and table, every read from a word of its own.
 *
 * A read's record: LETTERS (word), LENGTH, SCORE, STRAND (0 forward, 1 reverse), GENOME_END, READ_END, GENOME_START,
 * READ_START. Read positions count along the aligned strand; ends and starts are half-open as in the output.
 */

export const READS: u32 = 4;
export const GENOME: u32 = 5;
export const MATCH: u32 = 6;
export const MISMATCH: u32 = 7;
export const GAP_FIRST: u32 = 8;
export const GAP_NEXT: u32 = 9;
export const CHUNKS: u32 = 10;
export const SCORE_UNITS: u32 = 11;
export const THREADS: u32 = 12;
export const SCRATCH_BYTES: u32 = 13;
export const MAX_ROWS: u32 = 14;
export const GENOME_AT: u32 = 15;
export const TABLE_AT: u32 = 16;
export const FIXED_WORDS: u32 = 20;

export const LETTERS: u32 = 0;
export const LENGTH: u32 = 1;
export const SCORE: u32 = 2;
export const STRAND: u32 = 3;
export const GENOME_END: u32 = 4;
export const READ_END: u32 = 5;
export const GENOME_START: u32 = 6;
export const READ_START: u32 = 7;
export const READ_WORDS: u32 = 8;

/** Reads that are scored together: 8 reads on 2 strands fill the 16 lanes of a v128 of bytes. */
export const GROUP_READS: u32 = 8;
export const LANES: u32 = 16;
/** Genome columns of one score unit. Even, and a multiple of the 8 letters of a word. */
export const CHUNK_COLUMNS: u32 = 2048;

/** No read may be longer, no match may give more: scores then fit in 16 bits. */
export const MAX_READ_LETTERS: u32 = 2000;
export const MAX_MATCH: i64 = 32;
export const MAX_COST: i64 = 1000;
export const MAX_READS: u32 = 100_000;
export const MAX_GENOME_LETTERS: u32 = 1 << 24;

/** Codes of letters: A, C, G, T are 0 to 3. Any other letter has a code of its own on either side, so it equals nothing. */
export const OTHER_IN_READ: u32 = 4;
export const OTHER_IN_GENOME: u32 = 5;

export const ERROR_FILES: i32 = 2;
export const ERROR_FIRST_LINE: i32 = 3;
export const ERROR_PARAMETER: i32 = 4;
export const ERROR_READ_NAME: i32 = 5;
export const ERROR_READ_LETTER: i32 = 6;
export const ERROR_READ_TOO_LONG: i32 = 7;
export const ERROR_TOO_MANY_READS: i32 = 8;
export const ERROR_GENOME: i32 = 9;
export const ERROR_GENOME_TOO_LONG: i32 = 10;
export const ERROR_CHECKPOINT: i32 = 11;
export const ERROR_READS_TWICE: i32 = 12;

// @ts-ignore: decorator
@inline
export function word(state: usize, index: u32): u32 {
  return load<u32>(state + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
export function setWord(state: usize, index: u32, value: u32): void {
  store<u32>(state + (<usize>index << 2), value);
}

/** Address of a read's record. */
// @ts-ignore: decorator
@inline
export function record(state: usize, read: u32): usize {
  return state + (<usize>(word(state, TABLE_AT) + read * READ_WORDS) << 2);
}

/** Most genome columns an alignment of a read of `length` letters can span: a longer gap costs more than all matches give. */
// @ts-ignore: decorator
@inline
export function maxSpan(state: usize, length: u32): u32 {
  return length + (length * word(state, MATCH)) / word(state, GAP_NEXT);
}

/** The 4-bit code at a letter index, from the word where the letters begin. */
// @ts-ignore: decorator
@inline
export function codeAt(state: usize, lettersAt: u32, index: u32): u32 {
  return (word(state, lettersAt + (index >> 3)) >> ((index & 7) << 2)) & 15;
}

/** The code of a read along the aligned strand: strand 1 is the reverse complement. */
// @ts-ignore: decorator
@inline
export function strandCode(state: usize, readRecord: usize, strand: u32, index: u32): u32 {
  const letters = word(readRecord, LETTERS);
  if (strand == 0) return codeAt(state, letters, index);
  const code = codeAt(state, letters, word(readRecord, LENGTH) - 1 - index);
  return code < 4 ? 3 - code : code;
}
