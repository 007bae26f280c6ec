import { Refusal } from "../refusal.ts";
import { inTransaction, type TransactionDeps } from "../sql/transaction.ts";

/** A way to sign in that can be taken away: a passkey by its id, an account elsewhere by its provider's. */
export type WayIn = { kind: "passkey" | "provider"; id: string };

type Removal = {
  authUserId: string;
  way: WayIn;
  /** Ids of the providers that people can sign in with here now: no other one is a way in. */
  offered: readonly string[];
};

const DELETE: Record<WayIn["kind"], string> = {
  passkey: "delete from auth_passkey where user_id = $1 and id = $2",
  provider: "delete from auth_account where user_id = $1 and provider_id = $2",
};

/** Takes a way to sign in away; never the last one that works. @throws {Refusal} `not_found`, `conflict`. */
export async function removeWayIn(deps: TransactionDeps, { authUserId, way, offered }: Removal): Promise<void> {
  const { kind, id } = way;
  await inTransaction(deps, "remove-way-in", async (client) => {
    // Of two who remove the last two ways at once, the second sees that the first has gone.
    await client.query("select from auth_user where id = $1 for update", [authUserId]);
    const { rows } = await client.query<{ own: boolean; others: number }>(
      `select coalesce(bool_or(w.kind = $2 and w.id = $3), false) as own,
              count(*) filter (where w.usable and not (w.kind = $2 and w.id = $3))::int as others
         from (select 'passkey' as kind, id, true as usable from auth_passkey where user_id = $1
               union all
               select case provider_id when 'credential' then 'password' else 'provider' end, provider_id,
                      provider_id = 'credential' or provider_id = any($4::text[])
                 from auth_account where user_id = $1) w`,
      [authUserId, kind, id, offered],
    );
    if (rows[0]?.own !== true) throw new Refusal("not_found", "This is no way of yours to sign in.");
    if (rows[0].others === 0) {
      throw new Refusal("conflict", "This is your only way to sign in. Choose a password or add a passkey first.");
    }
    await client.query(DELETE[kind], [authUserId, id]);
  });
}
