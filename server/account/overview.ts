import type { Pool } from "../database/pool.ts";

/** What /account shows of a user beside devices and sessions. */
export type Overview = {
  userId: number;
  name: string | null;
  isPublic: boolean;
  country: string | null;
  sinceSeconds: number;
  /** A recovery code was made. */
  hasRecoveryCode: boolean;
  /** How the person signs in; null: only by the keys of their devices. */
  signIn: {
    email: string;
    hasPassword: boolean;
    /** Ids of providers (offeredProviders) that are linked. */
    providers: string[];
    passkeys: { id: string; name: string | null; sinceSeconds: number | null }[];
  } | null;
};

type Row = Omit<Overview, "signIn"> & { authUserId: string | null; email: string | null };

export async function loadOverview(pool: Pool, userId: number): Promise<Overview | null> {
  const { rows } = await pool.query<Row>(
    `select u.id as "userId", u.name, u.public_since_seconds is not null as "isPublic", u.country, u.created_seconds as "sinceSeconds",
            exists (select from account_code c where c.user_id = u.id and c.kind = 'recovery') as "hasRecoveryCode",
            u.auth_user_id as "authUserId", a.email
       from app_user u left join auth_user a on a.id = u.auth_user_id where u.id = $1`,
    [userId],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const { authUserId, email, ...shown } = row;
  if (authUserId === null || email === null) return { ...shown, signIn: null };
  return { ...shown, signIn: { email, ...(await waysIn(pool, authUserId)) } };
}

async function waysIn(pool: Pool, authUserId: string): Promise<Omit<NonNullable<Overview["signIn"]>, "email">> {
  const [accounts, passkeys] = await Promise.all([
    pool.query<{ provider: string }>(
      `select distinct provider_id as provider from auth_account where user_id = $1 order by 1`,
      [authUserId],
    ),
    pool.query<{ id: string; name: string | null; sinceSeconds: number | null }>(
      `select id, name, floor(extract(epoch from created_at))::bigint as "sinceSeconds" from auth_passkey
        where user_id = $1 order by created_at, id`,
      [authUserId],
    ),
  ]);
  const providers = accounts.rows.map(({ provider }) => provider);
  return {
    hasPassword: providers.includes("credential"),
    providers: providers.filter((provider) => provider !== "credential"),
    passkeys: passkeys.rows,
  };
}
