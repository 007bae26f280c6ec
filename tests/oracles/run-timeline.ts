/** Replays a timeline on the replication model: the same lines as the real command, from an independent implementation. */
import * as rules from "./replication-model.ts";
import { type Action, parseTimeline, type Step, TimelineError } from "./timeline-file.ts";

export type Replay = {
  /** The line the command prints without --trace. */
  verdict: string;
  /** The lines the command prints with --trace. */
  trace: string[];
  exitStatus: 0 | 1 | 2;
};

/** Replays one file's text to its first failure. `file` is only used in what is printed. */
export function replay(file: string, text: string): Replay {
  const trace: string[] = [];
  try {
    const { setup, steps } = parseTimeline(text);
    const name = setup.name === "" ? file : setup.name;
    const model = rules.createModel(setup);
    for (const step of steps) {
      if (step.atSeconds !== null) rules.moveClock(model, step.atSeconds);
      const { sent, failed } = execute(model, step);
      trace.push(JSON.stringify(traceLine(file, step, model, sent, failed)));
      if (failed.length > 0) return { verdict: `FAIL ${name}: line ${step.line}: ${failed[0]}`, trace, exitStatus: 1 };
    }
    return { verdict: `ok ${name}`, trace, exitStatus: 0 };
  } catch (error) {
    if (!(error instanceof TimelineError)) throw error;
    const verdict = `ERROR ${file}: line ${error.line}: ${error.message}`;
    return { verdict, trace: [...trace, verdict], exitStatus: 2 };
  }
}

/** Does one step on the model; the clock is already where the step wants it. */
export function execute(model: rules.Model, step: Step): { sent: number | null; failed: string[] } {
  const { action, line } = step;
  for (const number of resultsNamed(action)) {
    if (number >= model.results.length) throw new TimelineError(line, `there is no result ${number}`);
  }
  switch (action.type) {
    case "send": {
      const sent = rules.send(model, action.host);
      const failed =
        sent === action.expected ? [] : [`send: expected ${action.expected ?? "none"}, is ${sent ?? "none"}`];
      return { sent, failed };
    }
    case "report":
      rules.report(model, action.host, action.result, action.output);
      break;
    case "malformed":
      rules.malformed(model, action.host, action.result);
      break;
    case "fail":
      rules.fail(model, action.host, action.result, action.by);
      break;
    case "return":
      rules.handBack(model, action.host, action.result);
      break;
    case "renew":
      rules.renew(model, action.host);
      break;
    case "forget":
      rules.forget(model, action.host);
      break;
    case "expire":
      rules.expire(model, action.results);
      break;
    case "cancel":
      rules.cancel(model);
      break;
    case "assimilate":
      rules.assimilate(model);
      break;
    case "purge":
      rules.purge(model);
      break;
    case "settle":
    case "unreadable": // Reading: digests are compared inline, so unreadable storage changes nothing here.
    case "readable":
      rules.settle(model);
      break;
    case "cv":
      rules.setCount(model, action.host, action.count);
      break;
    case "expect":
      return { sent: null, failed: action.pairs.flatMap(([key, expected]) => check(model, key, expected)) };
  }
  return { sent: null, failed: [] };
}

function resultsNamed(action: Action): number[] {
  if ("result" in action) return [action.result];
  if (action.type === "expire") return action.results;
  if (action.type !== "expect") return [];
  return action.pairs.flatMap(([key, value]) => {
    const found = /^(?:i|cred)(\d+)$/.exec(key);
    if (found !== null) return [Number(found[1])];
    return key === "credeq" && value !== "" ? value.split(",").map(Number) : [];
  });
}

function check(model: rules.Model, key: string, expected: string): string[] {
  const actual = currentValue(model, key, expected);
  const same = key === "err" ? sameSet(actual, expected) : actual === expected;
  return same ? [] : [`${key}: expected ${expected}, is ${actual}`];
}

function currentValue(model: rules.Model, key: string, expected: string): string {
  if (key === "canon") return model.canonical === null ? "none" : String(model.canonical);
  if (key === "err") return model.errors.join(",");
  if (key === "asm") return model.assimilation;
  if (key === "q") return String(model.quorum);
  if (key === "target") return String(model.target);
  if (key === "n") return String(model.results.length);
  if (key === "files") return model.deleted ? "deleted" : "kept";
  if (key.startsWith("cv")) return String(model.counts.get(key.slice(2))?.count);
  if (key === "credeq") {
    const credits = expected.split(",").map((number) => rules.resultOf(model, Number(number)).creditMicro);
    return credits.every((credit) => credit > 0 && credit === credits[0]) ? expected : credits.join("/");
  }
  if (key.startsWith("cred")) return rules.resultOf(model, Number(key.slice(4))).creditMicro > 0 ? "pos" : "0";
  const result = rules.resultOf(model, Number(key.slice(1)));
  return `${result.state}/${result.outcome ?? "-"}/${result.validation}`;
}

function sameSet(actual: string, expected: string): boolean {
  return actual.split(",").sort().join() === expected.split(",").sort().join();
}

function traceLine(file: string, step: Step, model: rules.Model, sent: number | null, failed: string[]): object {
  return {
    file,
    line: step.line,
    step: step.text,
    nowSeconds: model.now,
    failed,
    state: {
      canon: model.canonical,
      err: model.errors,
      asm: model.assimilation,
      q: model.quorum,
      target: model.target,
      n: model.results.length,
      files: model.deleted ? "deleted" : "kept",
      results: model.results.map((result) => ({
        state: result.state,
        outcome: result.outcome ?? "-",
        validation: result.validation,
        credit: result.creditMicro / 1e6,
      })),
      cv: Object.fromEntries([...model.counts].map(([host, { count }]) => [host, count])),
      sent,
    },
  };
}
