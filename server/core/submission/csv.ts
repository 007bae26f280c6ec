import { LINE_MAX_CHARACTERS, type Read, type Reader, type Row } from "./reader.ts";

const COLUMNS_MAX = 1_000;

/**
 * CSV with a header (RFC 4180; LF or CRLF; quoted cells may hold line ends). Every value stays text. An apostrophe that our own
 * export put before a formula is taken off again, so that what was exported can be submitted.
 */
export class CsvReader implements Reader<Row> {
  #header: string[] | null = null;
  #cells: string[] = [];
  #cell = "";
  /** Characters of the row so far. */
  #length = 0;
  #state: "start" | "plain" | "quoted" | "after_quote" = "start";
  #line = 1;
  #rowLine = 1;
  #fault: string | null = null;
  #isFirst = true;
  #held = "";

  push(text: string): Read<Row>[] {
    let input = this.#held + text;
    this.#held = "";
    if (this.#isFirst && input !== "") {
      this.#isFirst = false;
      if (input.startsWith("\ufeff")) input = input.slice(1);
    }
    // Whether a CR ends a line is only known with what follows.
    if (input.endsWith("\r")) {
      this.#held = "\r";
      input = input.slice(0, -1);
    }
    const read: Read<Row>[] = [];
    for (let at = 0; at < input.length; at += 1) {
      const character = input.charAt(at);
      if (this.#state === "quoted") {
        if (character === '"') this.#state = "after_quote";
        else this.#add(character);
      } else if (character === '"' && this.#state === "start") this.#state = "quoted";
      else if (character === '"' && this.#state === "after_quote") {
        this.#add('"');
        this.#state = "quoted";
      } else if (character === ",") this.#endCell();
      else if (character === "\n" || (character === "\r" && input.charAt(at + 1) === "\n")) {
        if (character === "\r") at += 1;
        this.#endRow(read);
      } else if (this.#state === "after_quote") {
        this.#fault ??= "there is text after a closing quote; double the quotes inside a quoted cell";
      } else {
        this.#add(character);
        this.#state = "plain";
      }
      if (character === "\n") this.#line += 1;
      else if (character === "\r" && input.charAt(at) === "\n") this.#line += 1;
    }
    return read;
  }

  end(): Read<Row>[] {
    const read: Read<Row>[] = [];
    if (this.#held !== "") this.#held = "";
    if (this.#state === "quoted") this.#fault ??= "a quote is never closed";
    if (this.#cells.length > 0 || this.#cell !== "" || this.#state !== "start") this.#endRow(read);
    if (this.#header === null) read.push({ line: 1, fault: "there is no header line with the names of the columns" });
    return read;
  }

  #add(character: string): void {
    this.#length += 1;
    if (this.#length > LINE_MAX_CHARACTERS) this.#fault ??= "this row is longer than 8 MiB; is a quote missing?";
    else this.#cell += character;
  }

  #endCell(): void {
    if (this.#cells.length > COLUMNS_MAX) this.#fault ??= `there are more than ${COLUMNS_MAX} cells in this row`;
    else this.#cells.push(unguarded(this.#cell));
    this.#cell = "";
    this.#state = "start";
  }

  #endRow(read: Read<Row>[]): void {
    const isEmpty = this.#cells.length === 0 && this.#cell === "" && this.#state === "start";
    this.#endCell();
    const [cells, line, fault] = [this.#cells, this.#rowLine, this.#fault];
    this.#cells = [];
    this.#fault = null;
    this.#length = 0;
    this.#rowLine = this.#line + 1;
    if (isEmpty) return;
    if (this.#header === null) {
      const wrong = fault ?? headerFault(cells);
      this.#header = cells;
      if (wrong !== null) read.push({ line, fault: wrong });
    } else if (fault !== null) read.push({ line, fault });
    else if (cells.length !== this.#header.length) {
      read.push({ line, fault: `there are ${cells.length} cells, the header has ${this.#header.length}` });
    } else
      read.push({ line, value: Object.fromEntries(this.#header.map((name, index) => [name, cells[index] ?? ""])) });
  }
}

function headerFault(names: readonly string[]): string | null {
  if (names.length > COLUMNS_MAX) return `there are more than ${COLUMNS_MAX} columns`;
  if (names.some((name) => name.trim() === "")) return "a column has no name";
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? null : `two columns are called ${twice}`;
}

function unguarded(cell: string): string {
  return /^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}
