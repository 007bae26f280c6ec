import type { ReplayState } from "./load-state.ts";
import { type Expectation, TimelineError } from "./timeline-file.ts";

/**
 * What does not hold, one text per expectation: "canon: expected 0, is none".
 * @throws {TimelineError} when a result is named that does not exist.
 */
export function checkExpectations(state: ReplayState, expectations: readonly Expectation[], line: number): string[] {
  return expectations.flatMap(({ key, expected }) => {
    const { holds, actual } = look(state, key, expected, line);
    return holds ? [] : [`${key}: expected ${expected || "none"}, is ${actual || "none"}`];
  });
}

type Look = { holds: boolean; actual: string };

function look(state: ReplayState, key: string, expected: string, line: number): Look {
  const equal = (actual: string): Look => ({ holds: actual === expected, actual });
  switch (key) {
    case "canon":
      return equal(state.canon === null ? "none" : String(state.canon));
    case "err":
      return { holds: sameSet(state.err, expected), actual: state.err.join(",") };
    case "asm":
      return equal(state.asm);
    case "q":
      return equal(String(state.q));
    case "target":
      return equal(String(state.target));
    case "n":
      return equal(String(state.n));
    case "files":
      return equal(state.files);
    case "credeq":
      return equalCredit(state, expected, line);
    default:
      return lookAtOne(state, key, expected, line);
  }
}

function lookAtOne(state: ReplayState, key: string, expected: string, line: number): Look {
  const equal = (actual: string): Look => ({ holds: actual === expected, actual });
  const credited = /^cred(\d+)$/.exec(key)?.[1];
  if (credited !== undefined) return equal(resultOf(state, Number(credited), line).creditMicro > 0 ? "pos" : "0");
  const shown = /^i(\d+)$/.exec(key)?.[1];
  if (shown !== undefined) {
    const result = resultOf(state, Number(shown), line);
    return equal(`${result.state}/${result.outcome}/${result.validation}`);
  }
  return equal(String(state.cv[key.slice("cv".length)] ?? 0));
}

function equalCredit(state: ReplayState, expected: string, line: number): Look {
  const numbers = expected.split(",").filter((word) => word !== "");
  const wrong = numbers.find((word) => !/^\d+$/.test(word));
  if (wrong !== undefined) throw new TimelineError(line, `a result number expected, not ${wrong}`);
  const credits = numbers.map((number) => resultOf(state, Number(number), line).creditMicro);
  const holds = credits.every((credit) => credit > 0 && credit === credits[0]);
  return { holds, actual: credits.map((credit) => credit / 1e6).join("/") };
}

function resultOf(state: ReplayState, number: number, line: number) {
  const result = state.results[number];
  if (result === undefined) throw new TimelineError(line, `there is no result ${number}`);
  return result;
}

function sameSet(actual: readonly string[], expected: string): boolean {
  const wanted = new Set(expected.split(",").filter((word) => word !== ""));
  return wanted.size === actual.length && actual.every((word) => wanted.has(word));
}
