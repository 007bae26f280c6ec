import { FILE_MAX_BYTES } from "../limits.ts";
import { type Line, LineSplitter, type Read, type Reader } from "./reader.ts";

/** Characters of a sequence: no input takes more bytes than a file. */
const RECORD_MAX = FILE_MAX_BYTES;
const TOO_LONG = "a sequence is longer than 64 MiB";

/** One record of FASTA or FASTQ, as it stood in the file but for its line ends. */
export type SequenceRecord = { name: string; text: string };

/** FASTA: `>name`, then lines of sequence. */
export class FastaReader implements Reader<SequenceRecord> {
  readonly #lines = new LineSplitter(RECORD_MAX);
  #record: { line: number; head: string; sequence: string[]; length: number } | null = null;
  /** What was wrong with a sequence has been said: the rest of it is passed over. */
  #isBad = false;

  push(text: string): Read<SequenceRecord>[] {
    return this.#lines.push(text).flatMap((line) => this.#take(line));
  }

  end(): Read<SequenceRecord>[] {
    return [...this.#lines.end().flatMap((line) => this.#take(line)), ...this.#finish()];
  }

  #take({ line, text, isTooLong }: Line): Read<SequenceRecord>[] {
    if (text.startsWith(">")) {
      const finished = this.#finish();
      if (isTooLong) return [...finished, ...this.#refuse(line, TOO_LONG)];
      this.#isBad = false;
      this.#record = { line, head: text, sequence: [], length: 0 };
      return finished;
    }
    if (this.#isBad || text.trim() === "" || text.startsWith(";")) return [];
    if (this.#record === null) return [{ line, fault: "a FASTA file begins with a line >name" }];
    this.#record.length += text.length;
    if (isTooLong || this.#record.length > RECORD_MAX) return this.#refuse(line, TOO_LONG);
    if (!/^[A-Za-z*-]+$/.test(text)) return this.#refuse(line, "a sequence holds letters, * and - only");
    this.#record.sequence.push(text);
    return [];
  }

  #refuse(line: number, fault: string): Read<SequenceRecord>[] {
    this.#record = null;
    this.#isBad = true;
    return [{ line, fault }];
  }

  #finish(): Read<SequenceRecord>[] {
    const record = this.#record;
    this.#record = null;
    if (record === null) return [];
    const { line, head, sequence } = record;
    const name = nameOf(head);
    if (name === "") return [{ line, fault: "a sequence has no name" }];
    if (sequence.length === 0) return [{ line, fault: `the sequence ${name} is empty` }];
    return [{ line, value: { name, text: `${head}\n${sequence.join("\n")}\n` } }];
  }
}

/** FASTQ with four lines a record: `@name`, sequence, `+`, qualities as long as the sequence. */
export class FastqReader implements Reader<SequenceRecord> {
  readonly #lines = new LineSplitter(RECORD_MAX);
  #record: Line[] = [];

  push(text: string): Read<SequenceRecord>[] {
    return this.#lines.push(text).flatMap((line) => this.#take(line));
  }

  end(): Read<SequenceRecord>[] {
    const read = this.#lines.end().flatMap((line) => this.#take(line));
    const [first] = this.#record;
    if (first !== undefined) read.push({ line: first.line, fault: "the file ends within a record of four lines" });
    this.#record = [];
    return read;
  }

  #take(line: Line): Read<SequenceRecord>[] {
    if (line.isTooLong) {
      this.#record = [];
      return [{ line: line.line, fault: TOO_LONG }];
    }
    if (this.#record.length === 0 && line.text.trim() === "") return [];
    if (this.#record.length === 0 && !line.text.startsWith("@")) {
      return [{ line: line.line, fault: "a FASTQ record begins with a line @name" }];
    }
    this.#record.push(line);
    if (this.#record.length < 4) return [];
    const [head, sequence, plus, quality] = this.#record.map((each) => each.text);
    const at = this.#record[0]?.line ?? line.line;
    this.#record = [];
    const name = nameOf(head ?? "");
    if (name === "") return [{ line: at, fault: "a record has no name" }];
    if (!/^[A-Za-z.*-]+$/.test(sequence ?? "")) return [{ line: at + 1, fault: "a sequence holds letters only" }];
    if (!plus?.startsWith("+")) return [{ line: at + 2, fault: "the third line of a record begins with +" }];
    if (quality?.length !== sequence?.length) {
      return [{ line: at + 3, fault: "there must be as many qualities as letters in the sequence" }];
    }
    return [{ line: at, value: { name, text: `${head}\n${sequence}\n${plus}\n${quality}\n` } }];
  }
}

function nameOf(head: string): string {
  return /^[>@](\S*)/.exec(head)?.[1] ?? "";
}
