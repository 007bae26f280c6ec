import { cleanPublicName } from "../core/wire/public-name.ts";
import type { Pool, PoolClient } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";

export type Device = {
  id: number;
  /** Given by the person; null: none. */
  name: string | null;
  /** As the browser or the headless client introduces itself. */
  userAgent: string | null;
  cores: number;
  firstSeenSeconds: number;
  lastSeenSeconds: number;
  /** What it has been granted, as folded. */
  creditMicro: number;
};

/** More are not shown; nobody has them, and a loop that makes devices must not make a page slow. */
const MOST_SHOWN = 200;

/** A user's devices, the last seen first; `onlyId`: this one of them. */
export async function listDevices(pool: Pool, userId: number, onlyId: number | null = null): Promise<Device[]> {
  const { rows } = await pool.query<Device>(
    `select h.id, h.name, h.user_agent as "userAgent", h.cores, h.created_seconds as "firstSeenSeconds",
            h.last_seen_seconds as "lastSeenSeconds", coalesce(b.total_micro, 0)::float8 as "creditMicro"
       from host h left join credit_balance b on b.kind = 'host' and b.subject_id = h.id and b.project_id = 0
      where h.user_id = $1 and h.removed_seconds is null and ($2::bigint is null or h.id = $2)
      order by h.last_seen_seconds desc, h.id desc limit ${MOST_SHOWN}`,
    [userId, onlyId],
  );
  return rows;
}

/** Names one of the user's devices; an empty name takes it away. @throws {Refusal} */
export async function nameDevice(
  pool: Pool,
  { userId, hostId, name }: { userId: number; hostId: number; name: string },
): Promise<void> {
  const verdict = cleanPublicName(name);
  if (!verdict.ok) throw new Refusal("bad_request", verdict.message);
  const { rowCount } = await pool.query(
    "update host set name = $3 where id = $1 and user_id = $2 and removed_seconds is null",
    [hostId, userId, verdict.name],
  );
  if (rowCount !== 1) throw new Refusal("not_found", "There is no such device of yours.");
}

/** Sets, for what is left of a device, that its sessions and its key are refused, and forgets what told it apart. */
const REMOVE = `update host set removed_seconds = $2, public_key = null, secret_hash = 'removed:' || id, name = null,
  user_agent = null, network = null`;

/**
 * Takes a device out of the user's account. What it computed stays theirs; should it come again, it is a new, anonymous one.
 * @throws {Refusal} `not_found`.
 */
export async function removeDevice(
  pool: Pool,
  { userId, hostId }: { userId: number; hostId: number },
  nowSeconds: number,
): Promise<void> {
  const { rowCount } = await pool.query(`${REMOVE} where id = $1 and user_id = $3 and removed_seconds is null`, [
    hostId,
    nowSeconds,
    userId,
  ]);
  if (rowCount !== 1) throw new Refusal("not_found", "There is no such device of yours.");
}

/** The same for all of a user's. */
export async function removeAllDevices(client: PoolClient, userId: number, nowSeconds: number): Promise<void> {
  await client.query(`${REMOVE} where user_id = $1`, [userId, nowSeconds]);
}
