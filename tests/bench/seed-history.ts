import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { nowSeconds } from "../../server/clock.ts";
import { DAY_SECONDS } from "../../server/core/limits.ts";
import type { Pool } from "../../server/database/pool.ts";

/**
 * Fills a database with what months of work leave behind: completed workunits of two valid results each, with their
 * outputs, ledger entries, delivered messages and assimilated rows, by set-based statements. A test compares such a row
 * with one that the engine left.
 */
export interface History {
  readonly results: number;
  /** Least number of hosts, each of a user of its own, that the results are spread over evenly. */
  readonly hosts: number;
  readonly projectId: number;
  readonly appVersionId: number;
}

const PER_WORKUNIT = 2;
const CHUNK_WORKUNITS = 25_000;
/** The work was done over this time; and a host did about so many results of it. */
const PAST_SECONDS = 120 * DAY_SECONDS;
const RESULTS_PER_HOST = 1_000;
const CREDIT_MICRO = 2_315;

/**
 * The table's fillfactor, and the one that it is filled with: what the engine has filled has no room left for one more result,
 * because results are shortest when they are created, and those fill what room there is. Rows of the past are longest: with the
 * table's own fillfactor most pages would be left with room for a new one, and every new result would go to a page of its own.
 */
const FILLFACTOR = 80;
const FILLED = 84;

/** @returns the secrets of the first `history.hosts` hosts, with which one can be them. */
export async function seedHistory(pool: Pool, history: History, say: (line: string) => void): Promise<string[]> {
  const { results, projectId, appVersionId } = history;
  const workunits = Math.floor(results / PER_WORKUNIT);
  const now = nowSeconds();
  const began = now - PAST_SECONDS;
  const hosts = Math.max(history.hosts, Math.ceil(results / RESULTS_PER_HOST));
  const firstHost = await seedHosts(pool, { hosts, appVersionId, began, now });
  const batch = await pool.query<{ id: number }>(
    `insert into batch (app_version_id, name, key, content_sha256, created_seconds, n_workunits, n_completed)
     values ($1, 'history', 'history', repeat('0', 64), $2, $3, $3) returning id`,
    [appVersionId, began, workunits],
  );
  const first = await pool.query<{ workunit: number; result: number }>(
    "select nextval('workunit_id_seq') as workunit, nextval('result_id_seq') as result",
  );
  const { workunit = 1, result = 1 } = first.rows[0] ?? {};
  const seed: Seed = {
    workunit,
    result,
    batchId: batch.rows[0]?.id ?? 0,
    appVersionId,
    projectId,
    firstHost,
    hosts,
    began,
    step: PAST_SECONDS / workunits,
  };
  await pool.query(`alter table result set (fillfactor = ${FILLED})`);
  let next = 0;
  // Each processor a connection: chunks have no row in common.
  const connections = Array.from({ length: availableParallelism() }, async () => {
    while (next < workunits) {
      const from = next;
      next += CHUNK_WORKUNITS;
      await seedChunk(pool, seed, from, Math.min(workunits, from + CHUNK_WORKUNITS));
      if ((from / CHUNK_WORKUNITS) % 20 === 19)
        say(`${((from + CHUNK_WORKUNITS) * PER_WORKUNIT) / 1e6} million results`);
    }
  });
  await Promise.all(connections);
  await pool.query(`alter table result set (fillfactor = ${FILLFACTOR})`);
  await pool.query("select setval('workunit_id_seq', $1), setval('result_id_seq', $2)", [
    workunit + workunits,
    result + workunits * PER_WORKUNIT,
  ]);
  await seedBalances(pool, now);
  await pool.query("vacuum (analyze)");
  await pool.query("checkpoint");
  return Array.from({ length: history.hosts }, (_, index) => secretOf(firstHost + index));
}

/** As SECRET_HASH says in SQL. */
function secretOf(hostId: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(hostId));
  return createHash("sha256").update(bytes).digest("hex");
}

const SECRET_HASH = "encode(sha256(convert_to(encode(sha256(int8send($1 + n)), 'hex'), 'utf8')), 'hex')";

async function seedHosts(
  pool: Pool,
  { hosts, appVersionId, began, now }: { hosts: number; appVersionId: number; began: number; now: number },
): Promise<number> {
  // Hosts and users of history have the same number.
  const { rows } = await pool.query<{ first: number }>(
    `select greatest((select coalesce(max(id), 0) from app_user), (select coalesce(max(id), 0) from host)) + 1 as first`,
  );
  const first = rows[0]?.first ?? 1;
  await pool.query(`insert into app_user (id, created_seconds) select $1 + n, $3 from generate_series(0, $2 - 1) n`, [
    first,
    hosts,
    began,
  ]);
  await pool.query(
    `insert into host (id, user_id, secret_hash, cores, backends, homogeneity_class, created_seconds, last_seen_seconds)
     select $1 + n, $1 + n, ${SECRET_HASH}, 4, '[{"kind":"wasm","class":"bench","knownAnswerOk":true}]', 'bench', $3, $4
       from generate_series(0::bigint, $2 - 1) n`,
    [first, hosts, began, now - DAY_SECONDS],
  );
  await pool.query(
    `insert into host_app_version (host_id, app_version_id, consecutive_valid, changed_seconds, valid, quota_per_day)
     select $1 + n, $3, ${RESULTS_PER_HOST}, $4, ${RESULTS_PER_HOST}, 30000 from generate_series(0::bigint, $2 - 1) n`,
    [first, hosts, appVersionId, now - DAY_SECONDS],
  );
  await pool.query("select setval('app_user_id_seq', $1), setval('host_id_seq', $1)", [first + hosts]);
  return first;
}

type Seed = {
  workunit: number;
  result: number;
  batchId: number;
  appVersionId: number;
  projectId: number;
  firstHost: number;
  hosts: number;
  began: number;
  /** Seconds between two workunits. */
  step: number;
};

const DONE_AFTER_SECONDS = 600;
const ASSIMILATED_AFTER_SECONDS = 601;

/** Workunit number n of history; its results are 2n and 2n + 1; they went to two neighbours among the hosts. */
const WORKUNIT = `select n, $1::bigint + n as id, $2::bigint + ${PER_WORKUNIT} * n as first_result, ($3 + n * $4::float8)::bigint as at
                    from generate_series($5::bigint, $6::bigint - 1) n`;
const RESULT = `select w.*, k as number, w.first_result + k as result_id, $7::bigint + (w.n * 7 + k) % $8::bigint as host_id
                  from (${WORKUNIT}) w, generate_series(0, ${PER_WORKUNIT - 1}) k`;
/** As clients of the bench answer: 64 bytes that follow from the workunit. */
const OUTPUT = "sha512(int8send(id))";

async function seedChunk(pool: Pool, seed: Seed, from: number, to: number): Promise<void> {
  const { workunit, result, began, step, firstHost, hosts } = seed;
  const base = [workunit, result, began, step, from, to];
  const withHosts = [...base, firstHost, hosts];
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query("set local synchronous_commit = off");
    await client.query(
      `insert into workunit (id, batch_id, app_version_id, name, input, input_sha256, created_seconds, flops, min_quorum, target_nresults,
           max_error_results, max_total_results, max_success_results, delay_bound_seconds, grace_seconds, lease_seconds, policy,
           exclusion_key, n_results, state, canonical_result_id, accepted_by, confirmed_by, assimilation, ended_seconds, credit_micro)
       select id, $7, $8, 'w' || n, convert_to('workunit ' || n, 'utf8'), encode(sha256(convert_to('workunit ' || n, 'utf8')), 'hex'), at, 1e9, 2, 2,
           3, 10, 6, 86400, 0, 900, '{"type":"full"}',
           id, 2, 'completed', first_result, 'quorum', array[first_result, first_result + 1], 'done', at + ${DONE_AFTER_SECONDS}, ${CREDIT_MICRO}
         from (${WORKUNIT}) w`,
      [...base, seed.batchId, seed.appVersionId],
    );
    await client.query(
      `insert into result (id, workunit_id, number, exclusion_key, created_seconds, app_version_id, queue_rank, state, outcome, validation,
           host_id, user_id, backend, device_class, sent_seconds, deadline_seconds, lease_end_seconds, reported_seconds, output_sha256,
           output_bytes, elapsed_ms, reason, credit_micro)
       select result_id, id, number, id, at, $9, 0, 'over', 'ok', 'valid',
           host_id, host_id, 'wasm', 'bench', at + 60, at + 86460, at + 960, at + ${DONE_AFTER_SECONDS}, encode(sha256(${OUTPUT}), 'hex'),
           64, 1000, case number when 0 then 'canonical' else 'matches_canonical' end, ${CREDIT_MICRO}
         from (${RESULT}) r`,
      [...withHosts, seed.appVersionId],
    );
    await client.query(
      `insert into result_output (result_id, bytes)
       select first_result + k, ${OUTPUT} from (${WORKUNIT}) w, generate_series(0, ${PER_WORKUNIT - 1}) k`,
      base,
    );
    await client.query(
      `insert into credit_entry (result_id, kind, user_id, host_id, project_id, app_version_id, amount_micro, granted_seconds)
       select result_id, 'grant', host_id, host_id, $9, $10, ${CREDIT_MICRO}, at + ${DONE_AFTER_SECONDS} from (${RESULT}) r`,
      [...withHosts, seed.projectId, seed.appVersionId],
    );
    await client.query(
      `insert into outbox (key, kind, project_id, workunit_id, payload, created_seconds, attempts, next_seconds, done_seconds)
       select 'assimilate:' || id, 'assimilate', $7, id, '{}', at + ${DONE_AFTER_SECONDS}, 1, at + ${DONE_AFTER_SECONDS}, at + ${ASSIMILATED_AFTER_SECONDS}
         from (${WORKUNIT}) w where $2::bigint > 0`,
      [...base, seed.projectId],
    );
    await client.query(
      `insert into assimilated_result (workunit_id, project_id, batch_id, succeeded, canonical_result_id, output_sha256, assimilated_seconds)
       select id, $7, $8, true, first_result, encode(sha256(${OUTPUT}), 'hex'), at + ${ASSIMILATED_AFTER_SECONDS} from (${WORKUNIT}) w`,
      [...base, seed.projectId, seed.batchId],
    );
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  } finally {
    client.release();
  }
}

/** Balances and hourly sums as if the sweeper had folded all of it, and the mark that says so. */
async function seedBalances(pool: Pool, now: number): Promise<void> {
  const kinds = [
    ["user", "user_id", "0"],
    ["host", "host_id", "0"],
    ["project", "project_id", "0"],
    ["user_project", "user_id", "project_id"],
    ["host_project", "host_id", "project_id"],
  ] as const;
  for (const [kind, subject, project] of kinds) {
    const group = project === "0" ? subject : `${subject}, ${project}`;
    await pool.query(
      `insert into credit_balance (kind, subject_id, project_id, total_micro, n_results, recent_average, recent_average_seconds)
       select '${kind}', ${subject}, ${project}, sum(amount_micro), count(*), 0.02, $1 from credit_entry group by ${group}`,
      [now],
    );
  }
  await pool.query(
    `insert into credit_hour (user_id, host_id, project_id, hour_seconds, amount_micro, n_results)
     select user_id, host_id, project_id, granted_seconds - granted_seconds % 3600, sum(amount_micro), count(*)
       from credit_entry group by 1, 2, 3, 4`,
  );
  await pool.query(
    `insert into setting (key, value) values ('credit_folded_below', (pg_snapshot_xmin(pg_current_snapshot())::text))
     on conflict (key) do update set value = excluded.value`,
  );
}
