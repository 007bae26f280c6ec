import type { PoolClient } from "../database/pool.ts";
import { arrayLiteral } from "./array-literal.ts";
import { change } from "./write-results.ts";

export type WorkunitChange = {
  id: number;
  expectedState: string;
  state: string;
  minQuorum: number;
  targetNResults: number;
  homogeneityClass: string | null;
  nResults: number;
  /** PostgreSQL array text, as arrays of arrays do not survive unnest. */
  errors: string;
  canonicalResultId: number | null;
  acceptedBy: string | null;
  confirmedBy: string;
  assimilation: string;
  endedSeconds: number | null;
  creditMicro: number | null;
};

const CHANGE_WORKUNITS = {
  name: "change-workunits",
  text: `update workunit w set state = c.state, min_quorum = c.min_quorum, target_nresults = c.target_nresults,
      homogeneity_class = c.homogeneity_class, n_results = c.n_results, errors = c.errors::text[],
      canonical_result_id = c.canonical_result_id, accepted_by = coalesce(c.accepted_by, w.accepted_by),
      confirmed_by = case when c.accepted_by is null then w.confirmed_by else c.confirmed_by::bigint[] end,
      assimilation = c.assimilation, ended_seconds = c.ended_seconds, credit_micro = coalesce(w.credit_micro, c.credit_micro)
    from unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::int[], $6::text[], $7::int[], $8::text[], $9::bigint[],
                $10::text[], $11::text[], $12::text[], $13::bigint[], $14::bigint[])
      as c (id, expected_state, state, min_quorum, target_nresults, homogeneity_class, n_results, errors, canonical_result_id,
            accepted_by, confirmed_by, assimilation, ended_seconds, credit_micro)
   where w.id = c.id and w.state = c.expected_state`,
};

export async function changeWorkunits(client: PoolClient, changes: readonly WorkunitChange[]): Promise<void> {
  await change(client, CHANGE_WORKUNITS, changes, [
    "id",
    "expectedState",
    "state",
    "minQuorum",
    "targetNResults",
    "homogeneityClass",
    "nResults",
    "errors",
    "canonicalResultId",
    "acceptedBy",
    "confirmedBy",
    "assimilation",
    "endedSeconds",
    "creditMicro",
  ]);
}

export type OutboxEntry = { key: string; kind: string; projectId: number; workunitId: number; dueSeconds: number };

const ADD_TO_OUTBOX = {
  name: "add-to-outbox",
  text: `insert into outbox (key, kind, project_id, workunit_id, payload, created_seconds, next_seconds)
         select key, kind, project_id, workunit_id, '{}', $6, due_seconds
           from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
             as c (key, kind, project_id, workunit_id, due_seconds)`,
};

/** One message each, ever: the key is unique. */
export async function addToOutbox(
  client: PoolClient,
  entries: readonly OutboxEntry[],
  nowSeconds: number,
): Promise<void> {
  if (entries.length === 0) return;
  await client.query({
    ...ADD_TO_OUTBOX,
    values: [
      arrayLiteral(entries.map((entry) => entry.key)),
      arrayLiteral(entries.map((entry) => entry.kind)),
      arrayLiteral(entries.map((entry) => entry.projectId)),
      arrayLiteral(entries.map((entry) => entry.workunitId)),
      arrayLiteral(entries.map((entry) => entry.dueSeconds)),
      nowSeconds,
    ],
  });
}

export type Grant = {
  resultId: number;
  userId: number;
  hostId: number;
  projectId: number;
  appVersionId: number;
  amountMicro: number;
};

const GRANT_CREDIT = {
  name: "grant-credit",
  text: `insert into credit_entry (result_id, kind, user_id, host_id, project_id, app_version_id, amount_micro, granted_seconds)
         select result_id, 'grant', user_id, host_id, project_id, app_version_id, amount_micro, $7
           from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
             as c (result_id, user_id, host_id, project_id, app_version_id, amount_micro)`,
};

/** Adds to the ledger. No balance is touched here: the sweeper folds entries, so that reports never wait for a user's row. */
export async function grantCredit(client: PoolClient, grants: readonly Grant[], nowSeconds: number): Promise<void> {
  if (grants.length === 0) return;
  await client.query({
    ...GRANT_CREDIT,
    values: [
      arrayLiteral(grants.map((grant) => grant.resultId)),
      arrayLiteral(grants.map((grant) => grant.userId)),
      arrayLiteral(grants.map((grant) => grant.hostId)),
      arrayLiteral(grants.map((grant) => grant.projectId)),
      arrayLiteral(grants.map((grant) => grant.appVersionId)),
      arrayLiteral(grants.map((grant) => grant.amountMicro)),
      nowSeconds,
    ],
  });
}
