import { takeFromTotals } from "../batch/batch-totals.ts";
import { onCancel } from "../core/replication/endings.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { keepFiles } from "../file/keep-files.ts";
import { Refusal } from "../refusal.ts";
import { HELD_RANK, HELD_SHIFT } from "../sql/find-candidates.ts";
import { inTransaction } from "../sql/transaction.ts";
import { createResults } from "../sql/write-results.ts";
import { lockWorkunits } from "../workunit/load-workunits.ts";
import { type LoadedWorkunit, perform, settle } from "../workunit/loaded-workunit.ts";
import { writeChanges } from "../workunit/write-changes.ts";
import type { AppVersion } from "./app-versions.ts";

const CHUNK = 500;

type Replacement = { fromVersionId: number; toVersionId: number };

/**
 * Workunits of which nothing was ever sent are cancelled and made anew on another version of the same app, each linked to
 * the one it replaces. What somebody has begun stays where it is. What was paused is not paused in its new place: a batch
 * is stopped because its version is wrong, and replaced to go on. Again: nothing is left to replace.
 * @returns how many were replaced by this call.
 * @throws {Refusal} `not_found`, `conflict` when the versions do not fit together or the new one takes no work.
 */
export async function replaceUnsentWorkunits(
  deps: Deps,
  { fromVersionId, toVersionId }: Replacement,
  nowSeconds: number,
): Promise<{ replaced: number }> {
  deps.versions.forget();
  const versions = await deps.versions.list();
  const [from, to] = [versions.get(fromVersionId), versions.get(toVersionId)];
  if (from === undefined || to === undefined) throw new Refusal("not_found", "There is no such app version.");
  refuseUnlike(from, to);
  let replaced = 0;
  for (let after = 0; ; ) {
    const step = await inTransaction(deps, "replace", (client) =>
      replaceSome(deps, client, { from, to, after }, nowSeconds),
    );
    replaced += step.replaced;
    if (step.last === null) return { replaced };
    after = step.last;
  }
}

function refuseUnlike(from: AppVersion, to: AppVersion): void {
  const no = (why: string): never => {
    throw new Refusal("conflict", why);
  };
  if (from.id === to.id) no("Both are the same version; publish a new one first.");
  if (from.app.id !== to.app.id) no("The two versions belong to different apps.");
  const files = ({ manifest }: AppVersion) => [...manifest.files].sort().join(", ");
  if (files(from) !== files(to)) {
    no(
      `Version ${to.version} takes other files (${files(to) || "none"}) than ${from.version} (${files(from) || "none"}): submit its work anew.`,
    );
  }
}

type Step = { from: AppVersion; to: AppVersion; after: number };

async function replaceSome(
  deps: Deps,
  client: PoolClient,
  { from, to, after }: Step,
  nowSeconds: number,
): Promise<{ replaced: number; last: number | null }> {
  await refuseUnlessPublished(client, to);
  const ids = await nextUnsent(client, from.id, after);
  if (ids.length === 0) return { replaced: 0, last: null };
  // Somebody may have got one of them meanwhile: what counts is what the locked rows say.
  const untouched = (await lockWorkunits(deps, client, ids)).filter(isUntouched);
  await refuseLargeInputs(client, untouched, to);
  for (const workunit of untouched) {
    perform(workunit, onCancel(workunit.state.workunit), nowSeconds);
    settle(workunit, nowSeconds);
  }
  await writeChanges(client, untouched, nowSeconds);
  await makeAnew(client, { workunits: untouched, to }, nowSeconds);
  return { replaced: untouched.length, last: ids.at(-1) ?? null };
}

/** Held to the end: a version that is being withdrawn waits, and then finds what was made here. */
async function refuseUnlessPublished(client: PoolClient, to: AppVersion): Promise<void> {
  const { rows } = await client.query<{ state: string }>("select state from app_version where id = $1 for share", [
    to.id,
  ]);
  if (rows[0]?.state === "published") return;
  throw new Refusal("conflict", `Version ${to.version} takes no new work: it is ${rows[0]?.state ?? "gone"}.`);
}

function isUntouched({ state }: LoadedWorkunit): boolean {
  return state.workunit.state === "open" && state.results.every((result) => result.state === "unsent");
}

/** Audits stay: they ask about what the old version said. */
async function nextUnsent(client: PoolClient, appVersionId: number, after: number): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `select w.id from batch b cross join lateral
       (select u.id from workunit u where u.batch_id = b.id and u.id > $2 and u.state = 'open'
           and not exists (select from result r where r.workunit_id = u.id and r.state <> 'unsent')
           and not exists (select from audit a where a.workunit_id = u.id)
         order by u.id limit ${CHUNK}) w
      where b.app_version_id = $1 order by w.id limit ${CHUNK}`,
    [appVersionId, after],
  );
  return rows.map((row) => row.id);
}

async function refuseLargeInputs(
  client: PoolClient,
  workunits: readonly LoadedWorkunit[],
  to: AppVersion,
): Promise<void> {
  const limit = to.manifest.limits.inputBytes;
  const { rows } = await client.query<{ name: string; bytes: number }>(
    `select w.name, coalesce(octet_length(w.input), f.bytes) as bytes from workunit w
       left join file f on w.input is null and f.sha256 = w.input_sha256
      where w.id = any($1::bigint[]) and coalesce(octet_length(w.input), f.bytes) > $2 order by w.id limit 1`,
    [workunits.map(({ id }) => id), limit],
  );
  const [large] = rows;
  if (large === undefined) return;
  const text = `The input of ${large.name} has ${large.bytes} bytes, version ${to.version} takes ${limit}.`;
  throw new Refusal("conflict", `${text} Publish a version with a larger limits.inputBytes.`);
}

type Anew = { workunits: readonly LoadedWorkunit[]; to: AppVersion };

async function makeAnew(client: PoolClient, { workunits, to }: Anew, nowSeconds: number): Promise<void> {
  if (workunits.length === 0) return;
  const batchOf = await growBatches(client, workunits, to, nowSeconds);
  const { rows } = await client.query<{ id: number }>(
    "select nextval('workunit_id_seq') as id from generate_series(1, $1)",
    [workunits.length],
  );
  const pairs = workunits.map((old, index) => ({ old, id: rows[index]?.id ?? 0 }));
  await client.query(
    // As it was submitted: nothing that happens when a result is sent has happened to it.
    `insert into workunit (id, batch_id, app_version_id, replaces_id, name, input, input_sha256, files, tags, created_seconds,
         priority, flops, min_quorum, target_nresults, max_error_results, max_total_results, max_success_results,
         delay_bound_seconds, grace_seconds, lease_seconds, memory_bytes, policy, drawn, homogeneity_mode, exclusion_key, n_results)
     select c.id, c.batch_id, $1, w.id, w.name, w.input, w.input_sha256, w.files, w.tags, $2,
         case when w.priority < -${HELD_RANK} then w.priority + ${HELD_SHIFT} else w.priority end, w.flops, w.min_quorum, w.target_nresults, w.max_error_results, w.max_total_results, w.max_success_results,
         w.delay_bound_seconds, w.grace_seconds, w.lease_seconds, w.memory_bytes, w.policy, w.drawn, w.homogeneity_mode,
         case when w.exclusion_key is not null then c.id end, c.n_results
       from unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::int[]) as c (id, old_id, batch_id, n_results)
       join workunit w on w.id = c.old_id`,
    [
      to.id,
      nowSeconds,
      pairs.map(({ id }) => id),
      pairs.map(({ old }) => old.id),
      pairs.map(({ old }) => batchOf.get(old.batchId) ?? 0),
      pairs.map(({ old }) => old.before.results.length),
    ],
  );
  await createResults(
    client,
    pairs.flatMap(({ old, id }) =>
      old.before.results.map((_, number) => ({
        workunitId: id,
        number,
        exclusionKey: old.exclusionKey === null ? null : id,
        createdSeconds: nowSeconds,
        appVersionId: to.id,
        queueRank: old.queueRank > HELD_RANK ? old.queueRank - HELD_SHIFT : old.queueRank,
        urgent: false,
        outcome: null,
      })),
    ),
  );
  await keepInputs(
    client,
    pairs.map(({ id }) => id),
    to.project.id,
    nowSeconds,
  );
}

/** One batch of the new version for each of the old one, as its name and key say. @returns old batch -> new batch */
async function growBatches(
  client: PoolClient,
  workunits: readonly LoadedWorkunit[],
  to: AppVersion,
  nowSeconds: number,
): Promise<Map<number, number>> {
  const oldIds = workunits.map(({ batchId }) => batchId);
  const keys = [...new Set(oldIds)].map((id) => `replaces:${id}`);
  await takeFromTotals(client, { appVersionId: to.id, keys });
  const { rows } = await client.query<{ id: number; old_id: number }>(
    `with wanted as (select old_id, count(*)::int as n from unnest($1::bigint[]) as c (old_id) group by old_id),
     made as (
       insert into batch (app_version_id, name, key, content_sha256, created_seconds, n_workunits)
       select $2, b.name, 'replaces:' || b.id, b.content_sha256, $3, w.n from wanted w join batch b on b.id = w.old_id order by b.id
       on conflict (app_version_id, key) do update set n_workunits = batch.n_workunits + excluded.n_workunits
       returning id, key)
     select made.id, wanted.old_id from made join wanted on made.key = 'replaces:' || wanted.old_id`,
    [oldIds, to.id, nowSeconds],
  );
  return new Map(rows.map((row) => [row.old_id, row.id]));
}

/** The new batches name the files of their workunits, so that they stay when the old ones go, and their project pays for the copies. */
async function keepInputs(
  client: PoolClient,
  ids: readonly number[],
  projectId: number,
  nowSeconds: number,
): Promise<void> {
  const { rows } = await client.query<{ batch_id: number; inline_bytes: number; hashes: string[] }>(
    `select w.batch_id, coalesce(sum(octet_length(w.input)), 0)::bigint as inline_bytes,
            array(select distinct f.sha256 from workunit n
                    cross join lateral (select value as sha256 from jsonb_each_text(n.files) union all
                                        select n.input_sha256 where n.input is null) f
                   where n.id = any($1::bigint[]) and n.batch_id = w.batch_id) as hashes
       from workunit w where w.id = any($1::bigint[]) group by w.batch_id order by w.batch_id`,
    [ids],
  );
  for (const { batch_id: subjectId, inline_bytes: inlineBytes, hashes } of rows) {
    await client.query("update batch set inline_bytes = inline_bytes + $2 where id = $1", [subjectId, inlineBytes]);
    await keepFiles(client, { projectId, use: { kind: "batch", subjectId }, hashes, inlineBytes }, nowSeconds);
  }
}
