import { createHash } from "node:crypto";
import type { Recipe } from "../batch/submit-batch.ts";
import type { Deps } from "../deps.ts";
import { makeInput } from "../examples/make-input.ts";
import { storeBytes } from "../file/store-file.ts";
import { inTransaction } from "../sql/transaction.ts";
import { lockWorkunits } from "../workunit/load-workunits.ts";
import { settle } from "../workunit/loaded-workunit.ts";
import { writeChanges } from "../workunit/write-changes.ts";

/** Unsent results of an app version below which the next inputs are made; more than one exchange takes. */
const READY_RESULTS = 96;
/** Inputs made per call and app version; the chore comes again at once while more are wanted. */
const AT_ONCE = 8;

type Waiting = { id: number; recipe: Recipe };

/**
 * Makes the inputs of the next workunits that have a recipe, and then their first results, so that some are always ready to
 * be handed out. @returns how many were made.
 */
export async function prepareInputs(deps: Deps, nowSeconds: number): Promise<number> {
  let made = 0;
  for (const appVersionId of (await deps.versions.list()).keys()) {
    for (const { id, recipe } of await nextWaiting(deps, appVersionId)) {
      const bytes = await makeInput(recipe);
      const inputSha256 = createHash("sha256").update(bytes).digest("hex");
      await storeBytes(deps, bytes, nowSeconds);
      await begin(deps, { id, inputSha256 }, nowSeconds);
      made += 1;
    }
  }
  return made;
}

async function nextWaiting(deps: Deps, appVersionId: number): Promise<Waiting[]> {
  const { rows } = await deps.pool.query<Waiting>({
    name: "next-to-prepare",
    text: `select w.id, w.recipe from workunit w
            where w.app_version_id = $1 and w.input_sha256 is null and w.state = 'open'
              and (select count(*) from (select from result r where r.state = 'unsent' and r.app_version_id = $1
                     limit ${READY_RESULTS}) ready) < ${READY_RESULTS}
            order by w.id limit ${AT_ONCE}`,
    values: [appVersionId],
  });
  return rows;
}

/** The input is there: the workunit begins. Another process that made the same input finds it begun. */
async function begin(
  deps: Deps,
  { id, inputSha256 }: { id: number; inputSha256: string },
  nowSeconds: number,
): Promise<void> {
  await inTransaction(deps, "prepare", async (client) => {
    const workunits = await lockWorkunits(deps, client, [id]);
    const { rowCount } = await client.query(
      "update workunit set input_sha256 = $2 where id = $1 and input_sha256 is null",
      [id, inputSha256],
    );
    if (rowCount === 0) return;
    for (const workunit of workunits) settle(workunit, nowSeconds);
    await writeChanges(client, workunits, nowSeconds);
  });
}
