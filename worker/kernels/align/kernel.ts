/** Smith-Waterman local alignment of reads on both strands of a genome; see README.md. */

import { fileText, release } from "../lib/files";
import { Output } from "../lib/output";
import { packed, progress, restoreState, setUnitsDone, unitsDone, unitsForStep } from "../lib/state";
import { NAME_BYTES, names, readInput, reads, state, stateBytes } from "./input";
import {
  ERROR_CHECKPOINT,
  ERROR_FILES,
  GENOME,
  GENOME_END,
  GENOME_START,
  LENGTH,
  MATCH,
  READ_END,
  READ_START,
  record,
  SCORE,
  SCORE_UNITS,
  STRAND,
  TABLE_AT,
  word,
} from "./layout";
import { forgetScores, prepareScores, scoreUnit } from "./score";
import { prepareTrace, traceRead } from "./trace";

export { alloc } from "../lib/files";

export function init(files: i32, table: usize): i32 {
  if (files != 3) return ERROR_FILES;
  const fault = readInput(fileText(table, 0), fileText(table, 1), fileText(table, 2));
  if (fault != 0) return fault;
  prepareScores(state);
  prepareTrace(state);
  return 0;
}

export function step(budget: u32): f64 {
  const scoreUnits = word(state, SCORE_UNITS);
  const from = unitsDone(state);
  const to = from + unitsForStep(state, budget);
  for (let unit = from; unit < to; unit++) {
    if (unit < scoreUnits) scoreUnit(state, unit);
    else if (unit - scoreUnits < reads) traceRead(state, unit - scoreUnits);
  }
  setUnitsDone(state, to);
  return progress(state);
}

const HEADER_LINE = "read,score,strand,genome_start,genome_end,read_start,read_end\n";
/** Strand, five numbers, commas and line end, beside the name. */
const LINE_BYTES: u32 = 48;
let csv: Output | null = null;

export function output(): u64 {
  let out = csv;
  if (out === null) {
    let nameBytes: u32 = 0;
    for (let read: u32 = 0; read < reads; read++) nameBytes += word(names + <usize>(read * NAME_BYTES), 1);
    out = new Output(<u32>HEADER_LINE.length + nameBytes + reads * LINE_BYTES);
    csv = out;
  }
  out.clear();
  out.text(HEADER_LINE);
  for (let read: u32 = 0; read < reads; read++) {
    const row = names + <usize>(read * NAME_BYTES);
    out.bytes(<usize>word(row, 0), word(row, 1));
    writeAlignment(out, record(state, word(row, 2)));
  }
  return packed(out.start, out.length);
}

/** Positions of the reverse strand are turned round: the read is reported as it was given. */
function writeAlignment(out: Output, entry: usize): void {
  const score = word(entry, SCORE);
  if (score == 0) {
    out.text(",0,*,0,0,0,0\n");
    return;
  }
  const length = word(entry, LENGTH);
  const start = word(entry, READ_START);
  const end = word(entry, READ_END);
  const reverse = word(entry, STRAND) == 1;
  out.byte(44);
  out.decimal(score);
  out.text(reverse ? ",-," : ",+,");
  out.decimal(word(entry, GENOME_START));
  out.byte(44);
  out.decimal(word(entry, GENOME_END));
  out.byte(44);
  out.decimal(reverse ? length - end : start);
  out.byte(44);
  out.decimal(reverse ? length - start : end);
  out.byte(10);
}

export function save(): u64 {
  return packed(state, stateBytes);
}

/** Refuses what is not a state of this very input, so that no wrong position can be reported or followed. */
export function load(pointer: usize, length: u32): i32 {
  const fine = length == stateBytes && sameWork(pointer) && restoreState(state, stateBytes, pointer, length);
  release(pointer);
  if (!fine) return ERROR_CHECKPOINT;
  forgetScores();
  return 0;
}

function sameWork(saved: usize): bool {
  const table = <usize>word(state, TABLE_AT) << 2;
  if (memory.compare(saved + 16, state + 16, table - 16) != 0) return false;
  for (let read: u32 = 0; read < reads; read++) {
    const mine = record(state, read);
    const theirs = saved + (mine - state);
    if (memory.compare(theirs, mine, 8) != 0) return false;
    const length = word(mine, LENGTH);
    const sensible =
      word(theirs, SCORE) <= length * word(state, MATCH) &&
      word(theirs, STRAND) <= 1 &&
      word(theirs, GENOME_END) <= word(state, GENOME) &&
      word(theirs, READ_END) <= length &&
      word(theirs, GENOME_START) <= word(theirs, GENOME_END) &&
      word(theirs, READ_START) <= word(theirs, READ_END);
    if (!sensible) return false;
  }
  return true;
}
