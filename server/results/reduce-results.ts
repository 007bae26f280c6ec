import {
  createReducer,
  numberFields,
  type Reduced,
  type Reduction,
  reductionFault,
  valuesOf,
} from "../core/submission/reduce.ts";
import type { OutputSchema } from "../core/wire/kernel-manifest.ts";
import { Refusal } from "../refusal.ts";
import { type ResultDeps, type ResultQuery, readResults } from "./result-rows.ts";

export type ReducedResults = { outputs: number; malformed: number; reduced: Reduced };

/**
 * Reduces all outputs of a query to one answer, read as a stream. `malformed`: outputs that do not fit what the app declares,
 * which are left out.
 * @throws {Refusal} `bad_request` when the app's outputs have no such field.
 */
export async function reduceResults(
  deps: ResultDeps,
  { query, reduction, schema }: { query: ResultQuery; reduction: Reduction; schema: OutputSchema },
): Promise<ReducedResults> {
  const fault = reductionFault(reduction, schema);
  if (fault !== null) throw new Refusal("bad_request", fault);
  const reducer = createReducer(reduction, numberFields(schema).get(reduction.field)?.isWhole ?? false);
  let [outputs, malformed] = [0, 0];
  for await (const row of readResults(deps, query)) {
    // Versions of an app may declare different outputs: each is read as its own says.
    const values = valuesOf(row.schema, reduction.field, row.output);
    outputs += 1;
    if (values === null) malformed += 1;
    else reducer.add(row.workunitId, values);
  }
  return { outputs, malformed, reduced: reducer.result() };
}
