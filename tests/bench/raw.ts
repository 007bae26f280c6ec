import { median, rounds, spread } from "./measure.ts";
import type { Bench, Part, PartReport } from "./part.ts";
import { RAW_CONNECTIONS } from "./raw-speeds.ts";
import { figure, ratio } from "./table.ts";

const ROUNDS = 3;
/** Results per exchange, and per raw statement. */
export const BATCHES = [1, 8, 64] as const;

export const raw: Part = {
  name: "raw",
  title: "PostgreSQL alone: claim + report by two statements",
  run: runRaw,
};

async function runRaw(bench: Bench): Promise<PartReport> {
  const rows: string[][] = [];
  for (const batch of BATCHES) {
    bench.say(`batches of ${batch}`);
    const pairs = await rounds(ROUNDS, async () => ({
      minimal: await bench.raw.round("minimal", batch),
      schema: await bench.raw.round("schema", batch),
    }));
    const minimal = pairs.map((pair) => pair.minimal.perSecond);
    const schema = pairs.map((pair) => pair.schema.perSecond);
    const range = (values: readonly number[]) => `${figure(spread(values).least)}..${figure(spread(values).most)}`;
    rows.push([
      `batches of ${batch}`,
      figure(median(minimal)),
      range(minimal),
      figure(median(pairs.map((pair) => pair.minimal.perCpuSecond))),
      figure(median(schema)),
      range(schema),
      figure(median(pairs.map((pair) => pair.schema.perCpuSecond))),
      ratio(median(pairs.map((pair) => pair.schema.perSecond / pair.minimal.perSecond))),
    ]);
  }
  return {
    tables: [
      {
        title: `results per second, ${RAW_CONNECTIONS} connections (median of ${ROUNDS})`,
        head: ["", "minimal table", "range", "per CPU s", "result table", "range", "per CPU s", "of minimal"],
        rows,
      },
    ],
    notes: [
      "The minimal table has an id, a state and one partial index. The result table is this project's own, with all its columns,",
      "indexes, checks and triggers. Ratios of the other parts are to the minimal table.",
      "Per CPU s: results per second of CPU time of PostgreSQL and its client, which what else this machine does hardly changes.",
      await bench.databases.describe(),
    ],
  };
}
