/** Reading the input and the files of align into a fresh state. */

import { createState } from "../lib/state";
import { isBlank, NO_INTEGER, Text } from "../lib/text";
import {
  CHUNK_COLUMNS,
  CHUNKS,
  ERROR_FIRST_LINE,
  ERROR_GENOME,
  ERROR_GENOME_TOO_LONG,
  ERROR_PARAMETER,
  ERROR_READ_LETTER,
  ERROR_READ_NAME,
  ERROR_READ_TOO_LONG,
  ERROR_READS_TWICE,
  ERROR_TOO_MANY_READS,
  FIXED_WORDS,
  GAP_FIRST,
  GAP_NEXT,
  GENOME,
  GENOME_AT,
  GROUP_READS,
  LANES,
  LENGTH,
  LETTERS,
  MATCH,
  MAX_COST,
  MAX_GENOME_LETTERS,
  MAX_MATCH,
  MAX_READ_LETTERS,
  MAX_READS,
  MAX_ROWS,
  MISMATCH,
  OTHER_IN_GENOME,
  OTHER_IN_READ,
  READ_WORDS,
  READS,
  record,
  SCORE_UNITS,
  SCRATCH_BYTES,
  setWord,
  TABLE_AT,
  THREADS,
} from "./layout";

/** Address of the state; valid when `readInput` returned 0. */
export let state: usize = 0;
export let stateBytes: u32 = 0;
export let reads: u32 = 0;
/** For every read as given: u32 address of its name, length of its name, its place in the state's table. */
export let names: usize = 0;
export const NAME_BYTES: u32 = 12;

let match: i64 = 0;
let mismatch: i64 = 0;
let gapOpen: i64 = 0;
let gapExtend: i64 = 0;

/** Reads are those of the file, or the input's own where the file has none. Returns 0 or an error code. */
export function readInput(input: Text, genome: Text, file: Text): i32 {
  const fault = readParameters(input);
  if (fault != 0) return fault;
  skipBreaks(input);
  skipBreaks(file);
  if (!input.ended && !file.ended) return ERROR_READS_TWICE;
  const source = input.ended ? file : input;

  const letters = countGenome(genome.copy());
  if (letters < 0) return -letters;
  // Lengths first: the table is sorted by them, and the state's size depends on them.
  const found = countReads(source.copy());
  if (found < 0) return -found;
  reads = <u32>found;
  build(source, genome, <u32>letters);
  return 0;
}

function readParameters(text: Text): i32 {
  match = parameter(text, "match=", 1, MAX_MATCH);
  if (match < 0) return <i32>-match;
  const negative = parameter(text, "mismatch=", -MAX_COST, 0);
  if (negative > 0) return <i32>negative;
  mismatch = negative;
  gapOpen = parameter(text, "gap_open=", 0, MAX_COST);
  if (gapOpen < 0) return <i32>-gapOpen;
  gapExtend = parameter(text, "gap_extend=", 1, MAX_COST);
  if (gapExtend < 0) return <i32>-gapExtend;
  text.skipBlanks();
  if (!text.atLineEnd) return ERROR_FIRST_LINE;
  text.skipLine();
  return 0;
}

/** The value, or an error code with the sign that no value of this parameter has. */
function parameter(text: Text, key: string, least: i64, most: i64): i64 {
  const sign: i64 = least < 0 ? 1 : -1;
  text.skipBlanks();
  if (!text.take(key)) return sign * ERROR_FIRST_LINE;
  const value = text.integer(least, most);
  if (value == NO_INTEGER) return sign * ERROR_PARAMETER;
  return text.ended || isBlank(text.byte) || text.byte == 10 ? value : sign * ERROR_FIRST_LINE;
}

/** The upper-case letter, or 0 for what is none. */
// @ts-ignore: decorator
@inline
function upper(byte: u8): u8 {
  const letter = byte & 0xdf;
  return letter >= 65 && letter <= 90 && (byte & 0x40) != 0 ? letter : 0;
}

// @ts-ignore: decorator
@inline
function code(letter: u8, other: u32): u32 {
  if (letter == 65) return 0;
  if (letter == 67) return 1;
  if (letter == 71) return 2;
  if (letter == 84) return 3;
  return other;
}

/** One FASTA record. Returns its letters, or minus the error code. */
function countGenome(text: Text): i32 {
  skipBreaks(text);
  if (text.byte != 62) return -ERROR_GENOME;
  text.skipLine();
  let letters: u32 = 0;
  for (; !text.ended; text.at++) {
    const byte = load<u8>(text.at);
    if (isBreak(byte)) continue;
    if (upper(byte) == 0) return -ERROR_GENOME;
    if (++letters > MAX_GENOME_LETTERS) return -ERROR_GENOME_TOO_LONG;
  }
  return <i32>letters;
}

// @ts-ignore: decorator
@inline
function isBreak(byte: u8): bool {
  return byte == 10 || isBlank(byte);
}

function skipBreaks(text: Text): void {
  while (!text.ended && isBreak(text.byte)) text.at++;
}

let lengthCounts: StaticArray<u32> = new StaticArray<u32>(<i32>MAX_READ_LETTERS + 2);
let letterWords: u32 = 0;
let longest: u32 = 0;

/** Checks names and letters. Returns the number of reads, or minus the error code. */
function countReads(text: Text): i32 {
  let count: u32 = 0;
  while (!text.ended) {
    if (isBreak(text.byte)) {
      text.at++;
      continue;
    }
    if (text.byte != 62) return -ERROR_READ_NAME;
    text.at++;
    if (nameLength(text) == 0) return -ERROR_READ_NAME;
    text.skipLine();
    const letters = passLetters(text);
    if (letters < 0) return letters;
    if (++count > MAX_READS) return -ERROR_TOO_MANY_READS;
    lengthCounts[letters]++;
    letterWords += (<u32>letters + 7) >> 3;
    if (<u32>letters > longest) longest = <u32>letters;
  }
  return <i32>count;
}

/** Passes a name; 0 when it is empty or has a character it may not have. */
function nameLength(text: Text): u32 {
  const from = text.at;
  for (; !text.ended && !isBreak(text.byte); text.at++) {
    const byte = text.byte;
    const fine = upper(byte) != 0 || (byte >= 48 && byte <= 57) || byte == 46 || byte == 95 || byte == 45;
    if (!fine) return 0;
  }
  return <u32>(text.at - from);
}

/** Passes sequence lines up to the next `>` at the beginning of a line. Returns the letters, or minus the error code. */
function passLetters(text: Text): i32 {
  let letters: i32 = 0;
  let lineStart = true;
  for (; !text.ended; text.at++) {
    const byte = text.byte;
    if (lineStart && byte == 62) break;
    lineStart = byte == 10;
    if (isBreak(byte)) continue;
    if (upper(byte) == 0) return -ERROR_READ_LETTER;
    if (++letters > <i32>MAX_READ_LETTERS) return -ERROR_READ_TOO_LONG;
  }
  return letters;
}

function build(source: Text, genome: Text, genomeLetters: u32): void {
  const groups = (reads + GROUP_READS - 1) / GROUP_READS;
  const chunks = (genomeLetters + CHUNK_COLUMNS - 1) / CHUNK_COLUMNS;
  const genomeWords = (genomeLetters + 7) >> 3;
  const tableAt = FIXED_WORDS + genomeWords + letterWords;
  stateBytes = (tableAt + reads * READ_WORDS) << 2;
  const scoreUnits = groups * chunks;
  // At least one unit, so that a workunit without reads still has a step that ends it.
  state = createState(stateBytes, max<u32>(scoreUnits + reads, 1));
  setWord(state, READS, reads);
  setWord(state, GENOME, genomeLetters);
  setWord(state, MATCH, <u32>match);
  setWord(state, MISMATCH, <u32>mismatch);
  setWord(state, GAP_FIRST, <u32>(gapOpen + gapExtend));
  setWord(state, GAP_NEXT, <u32>gapExtend);
  setWord(state, CHUNKS, chunks);
  setWord(state, SCORE_UNITS, scoreUnits);
  setWord(state, MAX_ROWS, max<u32>(longest, 1));
  setWord(state, GENOME_AT, FIXED_WORDS);
  setWord(state, TABLE_AT, tableAt);
  planThreads(scoreUnits);
  packGenome(genome);
  packReads(source, FIXED_WORDS + genomeWords);
}

/** Bytes of the per-thread columns of the WGSL score pass: half of what every device lets one binding have. */
const COLUMN_BYTES: u32 = 64 << 20;
const WORKGROUP: u32 = 64;
/** As maxUnitsPerDispatch in kernel.json: each lane of a dispatch leaves its best in two words of scratch. */
const MAX_UNITS: u32 = 8192;

function planThreads(scoreUnits: u32): void {
  const rows = max<u32>(longest, 1);
  const useful = min<u32>(max<u32>(scoreUnits, 1), MAX_UNITS) * LANES;
  const fitting = COLUMN_BYTES / (rows * 4);
  const threads = max<u32>((min<u32>(useful, fitting) / WORKGROUP) * WORKGROUP, WORKGROUP);
  setWord(state, THREADS, threads);
  setWord(state, SCRATCH_BYTES, (threads * rows + max<u32>(useful, WORKGROUP) * 2) * 4);
}

function packGenome(text: Text): void {
  while (text.byte != 62) text.at++;
  text.skipLine();
  packLetters(text, FIXED_WORDS, OTHER_IN_GENOME);
}

/** Packs letters up to the text's end or the next record, from the state's word `at` on. Returns how many. */
function packLetters(text: Text, at: u32, other: u32): u32 {
  let letters: u32 = 0;
  let lineStart = true;
  for (; !text.ended; text.at++) {
    const byte = text.byte;
    if (lineStart && byte == 62) break;
    lineStart = byte == 10;
    if (isBreak(byte)) continue;
    const address = state + (<usize>(at + (letters >> 3)) << 2);
    store<u32>(address, load<u32>(address) | (code(upper(byte), other) << ((letters & 7) << 2)));
    letters++;
  }
  return letters;
}

/** Fills the read table, longest first, and the names. */
function packReads(text: Text, lettersAt: u32): void {
  names = heap.alloc(<usize>max<u32>(reads * NAME_BYTES, 1));
  let place: u32 = 0; // lengthCounts becomes the next place for each length
  for (let i = <i32>MAX_READ_LETTERS; i >= 0; i--) {
    const count = lengthCounts[i];
    lengthCounts[i] = place;
    place += count;
  }
  for (let read: u32 = 0; read < reads; read++) {
    while (text.byte != 62) text.at++;
    const name = ++text.at;
    const nameBytes = nameLength(text);
    text.skipLine();
    const letters = packLetters(text, lettersAt, OTHER_IN_READ);
    const index = lengthCounts[letters]++;
    const entry = record(state, index);
    setWord(entry, LETTERS, lettersAt);
    setWord(entry, LENGTH, letters);
    lettersAt += (letters + 7) >> 3;
    const row = names + <usize>(read * NAME_BYTES);
    setWord(row, 0, <u32>name);
    setWord(row, 1, nameBytes);
    setWord(row, 2, index);
  }
}
