/**
 * A user and the identities that were joined to them: whose results and ledger entries are theirs. `id`: the parameter with
 * the user's id.
 */
export const identitiesOf = (id: string) =>
  `(select ${id}::bigint union all select id from app_user where merged_into = ${id})`;
