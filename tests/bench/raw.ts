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
    const minimal = pairs.map((pair) => pair.minimal);
    const schema = pairs.map((pair) => pair.schema);
    const range = (values: readonly number[]) => `${figure(spread(values).least)}..${figure(spread(values).most)}`;
    rows.push([
      `batches of ${batch}`,
      figure(median(minimal)),
      range(minimal),
      figure(median(schema)),
      range(schema),
      ratio(median(pairs.map((pair) => pair.schema / pair.minimal))),
    ]);
  }
  return {
    tables: [
      {
        title: `results per second, ${RAW_CONNECTIONS} connections (median of ${ROUNDS})`,
        head: ["", "minimal table", "range", "result table", "range", "of minimal"],
        rows,
      },
    ],
    notes: [
      "The minimal table has an id, a state and one partial index. The result table is this project's own, with all its columns,",
      "indexes, checks and triggers. Ratios of the other parts are to the minimal table.",
      await bench.databases.describe(),
    ],
  };
}
