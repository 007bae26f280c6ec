/** One thing read from an input, or what is wrong with it; `line` is where it began, from 1. */
export type Read<T> = { line: number; value: T } | { line: number; fault: string };

/** Reads an input that arrives in pieces, cut anywhere: memory is what is not complete yet. */
export type Reader<T> = {
  push(text: string): Read<T>[];
  /** What was left when the input ended. */
  end(): Read<T>[];
};

/** A row of named values, as CSV, JSON lines and sweeps give them. */
export type Row = Readonly<Record<string, string | number | boolean>>;

/** A line longer than this is no line of an input: a cut file, or the wrong format. */
export const LINE_MAX_CHARACTERS = 8 * 1024 * 1024;

/** `isTooLong`: it had more characters than are taken, and these are only its beginning. */
export type Line = { line: number; text: string; isTooLong: boolean };

/** Lines without their ends (LF or CRLF); a byte order mark at the beginning goes. Of a line without end only its beginning is kept. */
export class LineSplitter {
  readonly #most: number;
  #rest = "";
  #isTooLong = false;
  #isFirst = true;
  #line = 0;

  constructor(mostCharacters = LINE_MAX_CHARACTERS) {
    this.#most = mostCharacters;
  }

  push(text: string): Line[] {
    if (text === "") return [];
    let from = this.#isFirst && text.startsWith("\ufeff") ? 1 : 0;
    this.#isFirst = false;
    const lines: Line[] = [];
    // Only what is new is searched: a line may come in any number of pieces.
    for (let end = text.indexOf("\n", from); end !== -1; end = text.indexOf("\n", from)) {
      this.#add(text.slice(from, end));
      lines.push(this.#next());
      from = end + 1;
    }
    this.#add(text.slice(from));
    return lines;
  }

  end(): Line[] {
    return this.#rest === "" && !this.#isTooLong ? [] : [this.#next()];
  }

  #add(piece: string): void {
    this.#isTooLong ||= this.#rest.length + piece.length > this.#most;
    if (!this.#isTooLong) this.#rest += piece;
  }

  #next(): Line {
    const [part, isTooLong] = [this.#rest, this.#isTooLong];
    [this.#rest, this.#isTooLong] = ["", false];
    this.#line += 1;
    return { line: this.#line, text: part.endsWith("\r") ? part.slice(0, -1) : part, isTooLong };
  }
}
