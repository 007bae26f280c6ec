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

export type Line = { line: number; text: string };

/** Lines without their ends (LF or CRLF); a byte order mark at the beginning goes. */
export class LineSplitter {
  #rest = "";
  #line = 0;

  push(text: string): Line[] {
    const from = this.#line === 0 && this.#rest === "" && text.startsWith("\ufeff") ? text.slice(1) : text;
    const parts = (this.#rest + from).split("\n");
    this.#rest = parts.pop() ?? "";
    return parts.map((part) => this.#next(part));
  }

  end(): Line[] {
    const rest = this.#rest;
    this.#rest = "";
    return rest === "" ? [] : [this.#next(rest)];
  }

  /** Characters of the line that has not ended yet. */
  get pending(): number {
    return this.#rest.length;
  }

  #next(part: string): Line {
    this.#line += 1;
    return { line: this.#line, text: part.endsWith("\r") ? part.slice(0, -1) : part };
  }
}
