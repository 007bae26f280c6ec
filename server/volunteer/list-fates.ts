import type { ExchangeResponse } from "../core/wire/exchange.ts";
import { fateOf } from "../credit/fate.ts";
import type { PoolClient } from "../database/pool.ts";

/** Enough for what a client shows; older ones are on the credit page. */
const FATES_SHOWN = 20;

type Row = {
  id: number;
  workunit_id: number;
  state: string;
  outcome: string | null;
  validation: string;
  credit_micro: number | null;
};

const LIST_FATES = {
  name: "list-fates",
  text: `select id, workunit_id, state, outcome, validation, credit_micro from result
          where host_id = $1 and state = 'over' and reported_seconds is not null
          order by reported_seconds desc nulls last, id desc limit ${FATES_SHOWN}`,
};

/** What became of the results a host reported last, newest first. */
export async function listFates(client: Pick<PoolClient, "query">, hostId: number): Promise<ExchangeResponse["fates"]> {
  const { rows } = await client.query<Row>({ ...LIST_FATES, values: [hostId] });
  return rows.map((row) => ({
    resultId: String(row.id),
    workunitId: String(row.workunit_id),
    fate: fateOf(row),
    creditMicro: String(row.credit_micro ?? 0),
  }));
}
