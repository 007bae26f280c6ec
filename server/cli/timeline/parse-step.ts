import { type Action, type Expectation, type Setup, type Step, TimelineError } from "./timeline-file.ts";

/** Reads one step, without its dash. @throws {TimelineError} */
export function parseStep(line: number, text: string, setup: Setup): Step {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const reader = new Reader(line, words, setup);
  const atSeconds = words[0] === "at" ? reader.time() : null;
  return { line, text, atSeconds, action: parseAction(reader, atSeconds !== null) };
}

function parseAction(reader: Reader, hasTime: boolean): Action {
  const type = reader.take();
  switch (type) {
    case "send": {
      const host = reader.host();
      reader.word("=");
      const given = reader.need("a result number or none");
      const expected = given === "none" ? null : reader.number(given);
      return reader.end({ type, host, expected });
    }
    case "report": {
      const [host, result] = [reader.host(), reader.result()];
      return reader.end({ type, host, result, output: reader.need("the output") });
    }
    case "malformed":
    case "return":
      return reader.end({ type, host: reader.host(), result: reader.result() });
    case "fail": {
      const [host, result] = [reader.host(), reader.result()];
      return reader.end({ type, host, result, by: reader.blame() });
    }
    case "renew":
    case "forget":
      return reader.end({ type, host: reader.host() });
    case "expire":
      return reader.end({
        type,
        results: reader
          .need("result numbers")
          .split(",")
          .map((word) => reader.number(word)),
      });
    case "unreadable":
    case "readable":
    case "cancel":
    case "assimilate":
    case "purge":
    case "settle":
      return reader.end({ type });
    case "cv":
      return reader.end({ type, host: reader.host(), count: reader.number(reader.need("a count")) });
    case "expect":
      return { type, expectations: reader.expectations() };
    case undefined:
      // "at T" alone: the clock moves, and what is due happens.
      if (hasTime) return { type: "wait" };
      throw reader.error("a step is missing after the dash");
    default:
      throw reader.error(`unknown word: ${type}`);
  }
}

class Reader {
  readonly #line: number;
  readonly #words: readonly string[];
  readonly #setup: Setup;
  #next = 0;

  constructor(line: number, words: readonly string[], setup: Setup) {
    this.#line = line;
    this.#words = words;
    this.#setup = setup;
  }

  error(reason: string): TimelineError {
    return new TimelineError(this.#line, reason);
  }

  take(): string | undefined {
    const word = this.#words[this.#next];
    this.#next += 1;
    return word;
  }

  need(what: string): string {
    const word = this.take();
    if (word === undefined) throw this.error(`${what} is missing`);
    return word;
  }

  word(expected: string): void {
    const word = this.need(expected);
    if (word !== expected) throw this.error(`${expected} expected, not ${word}`);
  }

  time(): number {
    this.word("at");
    return this.number(this.need("a time"));
  }

  number(word: string): number {
    if (!/^\d{1,15}$/.test(word)) throw this.error(`a whole number expected, not ${word}`);
    return Number(word);
  }

  host(): string {
    const name = this.need("a host");
    if (!this.#setup.hosts.some((host) => host.name === name)) throw this.error(`unknown host: ${name}`);
    return name;
  }

  result(): number {
    return this.number(this.need("a result number"));
  }

  blame(): "host" | "user" | "server" {
    const word = this.take();
    if (word === undefined) return "host";
    if (word === "by=user") return "user";
    if (word === "by=server") return "server";
    throw this.error(`unknown word: ${word}`);
  }

  expectations(): Expectation[] {
    const words = this.#words.slice(this.#next);
    return words.map((word) => {
      const equals = word.indexOf("=");
      const key = word.slice(0, equals);
      if (equals < 1 || !this.#isKey(key)) throw this.error(`unknown word: ${word}`);
      return { key, expected: word.slice(equals + 1) };
    });
  }

  #isKey(key: string): boolean {
    if (["canon", "err", "asm", "q", "target", "n", "credeq", "files"].includes(key)) return true;
    if (/^(i|cred)\d{1,9}$/.test(key)) return true;
    return key.startsWith("cv") && this.#setup.hosts.some((host) => `cv${host.name}` === key);
  }

  /** The action, provided that nothing stands after it. */
  end<A extends Action>(action: A): A {
    const rest = this.#words[this.#next];
    if (rest !== undefined) throw this.error(`unknown word: ${rest}`);
    return action;
  }
}
