/**
 * Smith-Waterman with affine gaps, the slow and obvious way: an independent reference for the align kernels.
 *
 * How the text of the task is read here:
 * - An alignment is a non-empty run of columns; a column pairs two letters or one letter with a blank. A gap is a maximal
 *   run of columns with the blank on the same side and costs g + k*e for k columns. A gap in the read may directly follow
 *   a gap in the genome (two gaps, both opened): nothing forbids it, and it pays when a mismatch costs more than two gaps.
 * - On strand `-` the reverse complement of the READ is aligned to the genome as it is. Genome positions are therefore on
 *   the forward strand throughout; read positions are counted along the reverse complement while ties are broken and only
 *   then converted to the read as given: [start, end) becomes [length - end, length - start).
 * - Ties, in order: best score, `+` before `-`, smallest genome end, smallest read end, largest genome start, largest read
 *   start. All positions are 0-based and half-open.
 * - The empty alignment has score 0, so nothing below 1 is ever reported as a place: score 0 gives `*` and four zeros.
 */

type Scoring = {
  match: number;
  mismatch: number;
  gapOpen: number;
  gapExtend: number;
};

type Read = { name: string; letters: string };

type Place = { score: number; genomeStart: number; genomeEnd: number; readStart: number; readEnd: number };

/**
 * Aligns every read of `input` to the one sequence of `genomeFasta`; returns the CSV text the align kernels must return.
 * @throws Error when the input or the genome does not have the agreed form
 */
export function alignOracle(input: string, genomeFasta: string): string {
  const lines = linesOf(input);
  const scoring = parseScoring(lines[0] ?? "");
  const reads = parseFasta(lines.slice(1));
  for (const read of reads) {
    if (!/^[A-Za-z0-9._-]+$/.test(read.name)) throw new Error(`not a read name: ${read.name}`);
  }
  const genomes = parseFasta(linesOf(genomeFasta));
  const genome = genomes[0];
  if (genome === undefined || genomes.length !== 1) throw new Error("the genome must be exactly one FASTA sequence");
  const rows = reads.map((read) => csvRow(read, genome.letters, scoring));
  return ["read,score,strand,genome_start,genome_end,read_start,read_end", ...rows].map((row) => `${row}\n`).join("");
}

function csvRow(read: Read, genome: string, scoring: Scoring): string {
  const forward = bestPlace(read.letters, genome, scoring);
  const backward = bestPlace(reverseComplement(read.letters), genome, scoring);
  if (forward === null && backward === null) return `${read.name},0,*,0,0,0,0`;
  const length = read.letters.length;
  if (backward === null || (forward !== null && forward.score >= backward.score)) {
    const p = forward as Place;
    return `${read.name},${p.score},+,${p.genomeStart},${p.genomeEnd},${p.readStart},${p.readEnd}`;
  }
  const p = backward;
  return `${read.name},${p.score},-,${p.genomeStart},${p.genomeEnd},${length - p.readEnd},${length - p.readStart}`;
}

/** The best place of `read` (as it is, no complement) on `genome`, or null when every alignment scores 0 or less. */
export function bestPlace(read: string, genome: string, scoring: Scoring): Place | null {
  const end = bestEnd(read, genome, scoring);
  if (end === null) return null;
  // A positive score bounds the letters of the genome that face a blank, hence how far before its end it can start.
  const best = Math.max(scoring.match, scoring.mismatch);
  const reach = read.length + Math.ceil((read.length * best) / scoring.gapExtend);
  const from = Math.max(0, end.genomeEnd - reach);
  const scores = scoresByStart(read.slice(0, end.readEnd), genome.slice(from, end.genomeEnd), scoring);
  for (let genomeStart = scores.length - 1; genomeStart >= 0; genomeStart--) {
    const row = scores[genomeStart] as number[];
    for (let readStart = row.length - 1; readStart >= 0; readStart--) {
      if (row[readStart] === end.score) {
        return { ...end, genomeStart: from + genomeStart, readStart };
      }
    }
  }
  throw new Error("no alignment reaches the best score: the two passes contradict each other");
}

/** Best score, and of all pairs (genome end, read end) that reach it the one with the smallest genome end, then read end. */
function bestEnd(
  read: string,
  genome: string,
  scoring: Scoring,
): { score: number; genomeEnd: number; readEnd: number } | null {
  const { gapOpen, gapExtend } = scoring;
  const width = read.length + 1;
  // For the genome prefix of the row and every read prefix: best score of an alignment ending exactly there whose last
  // column is a pair, a genome letter over a blank, or a read letter over a blank.
  let pair = new Array<number>(width).fill(-Infinity);
  let blankInRead = new Array<number>(width).fill(-Infinity);
  let blankInGenome = new Array<number>(width).fill(-Infinity);
  let found: { score: number; genomeEnd: number; readEnd: number } | null = null;
  for (let i = 1; i <= genome.length; i++) {
    const pairNow = new Array<number>(width).fill(-Infinity);
    const blankInReadNow = new Array<number>(width).fill(-Infinity);
    const blankInGenomeNow = new Array<number>(width).fill(-Infinity);
    for (let j = 0; j < width; j++) {
      blankInReadNow[j] = Math.max(
        at(blankInRead, j) - gapExtend,
        at(pair, j) - gapOpen - gapExtend,
        at(blankInGenome, j) - gapOpen - gapExtend,
      );
      if (j === 0) continue;
      const before = Math.max(0, at(pair, j - 1), at(blankInRead, j - 1), at(blankInGenome, j - 1));
      pairNow[j] = before + pairScore(genome[i - 1] as string, read[j - 1] as string, scoring);
      blankInGenomeNow[j] = Math.max(
        at(blankInGenomeNow, j - 1) - gapExtend,
        at(pairNow, j - 1) - gapOpen - gapExtend,
        at(blankInReadNow, j - 1) - gapOpen - gapExtend,
      );
      const score = at(pairNow, j); // a last column with a blank only costs: no best alignment ends with one
      if (score > (found?.score ?? 0)) found = { score, genomeEnd: i, readEnd: j };
    }
    pair = pairNow;
    blankInRead = blankInReadNow;
    blankInGenome = blankInGenomeNow;
  }
  return found;
}

/** result[i][j]: best score of an alignment of exactly genome[i..] with exactly read[j..]. */
function scoresByStart(read: string, genome: string, scoring: Scoring): number[][] {
  const { gapOpen, gapExtend } = scoring;
  const table = () =>
    Array.from({ length: genome.length + 2 }, () => new Array<number>(read.length + 2).fill(-Infinity));
  const pair = table(); // by the kind of the first column
  const blankInRead = table();
  const blankInGenome = table();
  const scores: number[][] = [];
  for (let i = genome.length; i >= 0; i--) {
    for (let j = read.length; j >= 0; j--) {
      const nothing = i === genome.length && j === read.length ? 0 : -Infinity; // the alignment ends here
      if (i < genome.length) {
        at(blankInRead, i)[j] = Math.max(
          at(at(blankInRead, i + 1), j) - gapExtend,
          Math.max(emptyTail(i + 1, j, genome, read), at(at(pair, i + 1), j), at(at(blankInGenome, i + 1), j)) -
            gapOpen -
            gapExtend,
        );
      }
      if (j < read.length) {
        at(blankInGenome, i)[j] = Math.max(
          at(at(blankInGenome, i), j + 1) - gapExtend,
          Math.max(emptyTail(i, j + 1, genome, read), at(at(pair, i), j + 1), at(at(blankInRead, i), j + 1)) -
            gapOpen -
            gapExtend,
        );
      }
      if (i < genome.length && j < read.length) {
        const after = Math.max(
          emptyTail(i + 1, j + 1, genome, read),
          at(at(pair, i + 1), j + 1),
          at(at(blankInRead, i + 1), j + 1),
          at(at(blankInGenome, i + 1), j + 1),
        );
        at(pair, i)[j] = after + pairScore(genome[i] as string, read[j] as string, scoring);
      }
      scores[i] ??= [];
      at(scores, i)[j] = Math.max(nothing, at(at(pair, i), j), at(at(blankInRead, i), j), at(at(blankInGenome, i), j));
    }
  }
  return scores;
}

/** 0 at the common end of both sequences, where nothing is left to align; impossible elsewhere. */
function emptyTail(i: number, j: number, genome: string, read: string): number {
  return i === genome.length && j === read.length ? 0 : -Infinity;
}

function pairScore(a: string, b: string, scoring: Scoring): number {
  return a === b && "ACGT".includes(a) ? scoring.match : scoring.mismatch;
}

/** Letters other than A, C, G, T have no complement and stay as they are: they mismatch everything anyway. */
export function reverseComplement(letters: string): string {
  const complement: Record<string, string> = { A: "T", C: "G", G: "C", T: "A" };
  return [...letters]
    .reverse()
    .map((letter) => complement[letter] ?? letter)
    .join("");
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function parseScoring(line: string): Scoring {
  const found = /^match=(-?\d+) mismatch=(-?\d+) gap_open=(\d+) gap_extend=(\d+)$/.exec(line);
  if (found === null) throw new Error(`not a scoring line: ${line}`);
  const [match, mismatch, gapOpen, gapExtend] = found.slice(1).map(Number) as [number, number, number, number];
  if (gapExtend < 1) throw new Error("gap_extend must be at least 1");
  return { match, mismatch, gapOpen, gapExtend };
}

function parseFasta(lines: string[]): Read[] {
  const reads: Read[] = [];
  for (const line of lines) {
    if (line.startsWith(">")) {
      const name = line.slice(1).split(/\s/)[0] ?? "";
      reads.push({ name, letters: "" });
    } else {
      const last = reads[reads.length - 1];
      if (last === undefined) throw new Error(`sequence before its name: ${line}`);
      last.letters += line.toUpperCase();
    }
  }
  return reads;
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
}
