import { randomBytes } from "node:crypto";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { parseOrRefuse } from "../project/create-project.ts";

export const consentInputSchema = z.strictObject({
  isGiven: z.boolean(),
  /** Shown beside the name on statistics sites; null: none. */
  url: z
    .url({ protocol: /^https?$/, error: "is not an http or https address" })
    .max(200)
    .nullable()
    .default(null),
});
export type ConsentInput = z.input<typeof consentInputSchema>;

export type StatisticsConsent = {
  isGiven: boolean;
  changedSeconds: number | null;
  url: string | null;
};

/** Off for everybody who never said otherwise. */
export async function getStatisticsConsent({ pool }: Pick<Deps, "pool">, userId: number): Promise<StatisticsConsent> {
  const { rows } = await pool.query<StatisticsConsent>(
    `select is_given as "isGiven", changed_seconds as "changedSeconds", url from statistics_consent where user_id = $1`,
    [userId],
  );
  return rows[0] ?? { isGiven: false, changedSeconds: null, url: null };
}

/**
 * Gives or takes back the consent; it holds from the next export on. The internal cross-project id is drawn once and kept, so
 * that who comes back is the same person to statistics sites.
 * @throws {Refusal} `bad_request`
 */
export async function setStatisticsConsent(
  deps: Pick<Deps, "pool">,
  { userId, input }: { userId: number; input: ConsentInput },
  nowSeconds: number,
): Promise<StatisticsConsent> {
  const { isGiven, url } = parseOrRefuse(consentInputSchema, input, "The consent");
  await deps.pool.query(
    `insert into statistics_consent (user_id, is_given, changed_seconds, internal_cpid, url) values ($1, $2, $3, $4, $5)
     on conflict (user_id) do update set is_given = excluded.is_given, changed_seconds = excluded.changed_seconds, url = excluded.url`,
    [userId, isGiven, nowSeconds, randomBytes(16).toString("hex"), isGiven ? url : null],
  );
  return { isGiven, changedSeconds: nowSeconds, url: isGiven ? url : null };
}
