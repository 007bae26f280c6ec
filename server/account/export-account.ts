import { identitiesOf } from "../credit/identities.ts";
import type { Pool } from "../database/pool.ts";

/** Rows read at once. */
const PAGE = 5_000;

type Row = Record<string, unknown>;
type Key = readonly [number, number | string];

/** The user's identities, the joined ones too: results and the ledger name the one they were made with. */
const IDENTITIES = identitiesOf("$1");

/**
 * Devices that computed for the user: theirs, and those that gave them credit and are somebody else's by now. What such a
 * device computed for others is left out by who a result was lent to.
 */
const DEVICES = `select id from host where user_id = $1
   union select host_id from credit_entry where user_id in ${IDENTITIES}`;

/** Small things, each as one list. `$1`: the user. What would let somebody in (keys, passwords, tokens) is left out. */
const LISTS: readonly [name: string, sql: string][] = [
  [
    "account",
    `select a.email, a.email_verified, a.created_at from auth_user a join app_user u on u.auth_user_id = a.id where u.id = $1`,
  ],
  [
    "waysToSignIn",
    `select c.provider_id as provider, c.created_at from auth_account c join app_user u on u.auth_user_id = c.user_id where u.id = $1`,
  ],
  [
    "passkeys",
    `select p.name, p.device_type, p.created_at from auth_passkey p join app_user u on u.auth_user_id = p.user_id where u.id = $1`,
  ],
  [
    "sessions",
    `select s.user_agent, s.created_at, s.expires_at from auth_session s join app_user u on u.auth_user_id = s.user_id where u.id = $1`,
  ],
  [
    "identities",
    `select id, name, created_seconds, country, public_since_seconds, merged_into from app_user where id in ${IDENTITIES} order by id`,
  ],
  [
    "devices",
    `select id, name, user_agent, cores, memory_bytes, backends, network, created_seconds, last_seen_seconds, removed_seconds
       from host where user_id = $1 order by id`,
  ],
  [
    "balances",
    `select kind, project_id, total_micro::text, n_results, recent_average from credit_balance
       where kind in ('user', 'user_project') and subject_id = $1 order by kind, project_id`,
  ],
  [
    "teams",
    `select t.name, m.joined_seconds, m.left_seconds from team_membership m join team t on t.id = m.team_id
      where m.user_id = $1 order by m.joined_seconds`,
  ],
  [
    "projects",
    `select p.slug, m.role, m.since_seconds from project_member m join project p on p.id = m.project_id where m.user_id = $1 order by p.slug`,
  ],
  [
    "tokens",
    `select name, ending, scopes, created_seconds, expires_seconds, last_used_seconds, revoked_seconds from personal_token where user_id = $1 order by id`,
  ],
  ["statistics", "select is_given, changed_seconds, url from statistics_consent where user_id = $1"],
];

/** Long things, read page by page: `$2` and `$3` are the key of the last row, `next` that of a row, `$4` the devices. */
const LONG: readonly { name: string; first: Key; next: (row: Row) => Key; ofDevices?: true; sql: string }[] = [
  {
    name: "results",
    first: [0, 0],
    next: (row) => [Number(row["host_id"]), Number(row["id"])],
    ofDevices: true,
    sql: `select r.id, r.workunit_id, r.host_id, r.backend, r.sent_seconds, r.reported_seconds, r.state, r.outcome, r.validation,
            w.recalled_seconds, r.elapsed_ms, r.error_code, r.credit_micro
       from result r join workunit w on w.id = r.workunit_id where r.host_id = any($4::bigint[]) and r.user_id in ${IDENTITIES}
        and (r.host_id, r.id) > ($2::bigint, $3::bigint) order by r.host_id, r.id limit ${PAGE}`,
  },
  {
    name: "credit",
    first: [0, ""],
    next: (row) => [Number(row["result_id"]), String(row["kind"])],
    sql: `select e.result_id, e.kind, e.project_id, e.host_id, e.amount_micro, e.granted_seconds
       from credit_entry e where e.user_id in ${IDENTITIES} and (e.result_id, e.kind) > ($2::bigint, $3::text)
      order by e.result_id, e.kind limit ${PAGE}`,
  },
];

/**
 * Everything stored about a user, as the text of one JSON object, in pieces: a person's results may be millions.
 * `nowSeconds`: the time written into it.
 */
export async function* exportAccount(pool: Pool, userId: number, nowSeconds: number): AsyncGenerator<string> {
  yield `{\n"format": "quorate-account-1",\n"exportedSeconds": ${nowSeconds}`;
  for (const [name, sql] of LISTS) {
    const { rows } = await pool.query(sql, [userId]);
    yield `,\n"${name}": ${JSON.stringify(rows)}`;
  }
  const devices = (await pool.query<{ id: number }>(DEVICES, [userId])).rows.map(({ id }) => id);
  for (const { name, first, next, ofDevices, sql } of LONG) {
    let separator = `,\n"${name}": [\n`;
    let last: Key = first;
    for (;;) {
      const { rows } = await pool.query<Row>(sql, [userId, ...last, ...(ofDevices ? [devices] : [])]);
      for (const row of rows) {
        yield separator + JSON.stringify(row);
        separator = ",\n";
        last = next(row);
      }
      if (rows.length < PAGE) break;
    }
    yield last === first ? `${separator}]` : "]";
  }
  yield "\n}\n";
}
