import type { Pool } from "../database/pool.ts";
import { identitiesOf } from "./identities.ts";

export const CHART_STEPS = ["day", "week", "month"] as const;
export type ChartStep = (typeof CHART_STEPS)[number];
export const CHART_SPLITS = ["all", "project", "device"] as const;
export type ChartSplit = (typeof CHART_SPLITS)[number];

/** How many bars a chart has. */
const BARS: Record<ChartStep, number> = { day: 30, week: 26, month: 24 };
/** Parts that a bar is made of; the smaller ones are one part, "others". */
const MOST_PARTS = 6;

/** Credit over time. Days, weeks (from Monday) and months are those of UTC. */
export interface CreditChart {
  step: ChartStep;
  /** What the bars are made of, the largest first; `id` null: the others, or all where it is not split. */
  parts: { id: number | null; name: string | null; micro: number }[];
  /** Every bar, the oldest first, also empty ones: micro-cobblestones in the order of `parts`. */
  bars: { startSeconds: number; micro: number[] }[];
}

/** `onlyHostId`: what this device of the user earned. */
export type ChartOf = { what: "user"; id: number; onlyHostId?: number | null } | { what: "team"; id: number };

export type ChartAsked = {
  of: ChartOf;
  step: ChartStep;
  split: ChartSplit;
  /** Everybody may look: what was granted for projects that not everybody sees is among the others. */
  isForAll: boolean;
};

/** Of a user (with what is not folded yet) or a team. A team is not split by device. */
export async function creditOverTime(pool: Pool, asked: ChartAsked, nowSeconds: number): Promise<CreditChart> {
  const { of, step } = asked;
  const starts = barStarts(step, nowSeconds);
  const { rows } = await pool.query<{ startSeconds: number; part: number | null; micro: number }>(
    `select extract(epoch from date_trunc($2, to_timestamp(h.hour_seconds), 'UTC'))::bigint as "startSeconds", ${partOf(asked)} as part,
            sum(h.amount_micro)::float8 as micro
       from (${HOURS[of.what]}) h group by 1, 2`,
    [of.id, step, starts[0], ...(of.what === "user" ? [of.onlyHostId ?? null] : [])],
  );
  const totals = new Map<number | null, number>();
  for (const { part, micro } of rows) totals.set(part, (totals.get(part) ?? 0) + micro);
  const shown = [...totals]
    .filter(([id]) => id !== null)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_PARTS);
  const others = [...totals].filter(([id]) => !shown.some(([known]) => known === id));
  const rest = others.reduce((sum, [, micro]) => sum + micro, 0);
  const parts = [...shown, ...(others.length > 0 ? [[null, rest] as const] : [])];
  const at = new Map(parts.map(([id], index) => [id, index]));
  const bars = new Map(starts.map((startSeconds) => [startSeconds, { startSeconds, micro: parts.map(() => 0) }]));
  for (const { startSeconds, part, micro } of rows) {
    const bar = bars.get(startSeconds);
    const index = at.get(part) ?? parts.length - 1;
    if (bar) bar.micro[index] = (bar.micro[index] ?? 0) + micro;
  }
  const ids = shown.flatMap(([id]) => id ?? []);
  const names = await namesOf(pool, asked.split, ids);
  return {
    step,
    parts: parts.map(([id, micro]) => ({ id, name: id === null ? null : (names.get(id) ?? null), micro })),
    bars: [...bars.values()],
  };
}

/** What a bar's parts are, in SQL; null: all in one, or what is not told apart. */
function partOf({ of, split, isForAll }: ChartAsked): string {
  if (split === "project" && isForAll) {
    return "(select p.id from project p where p.id = h.project_id and p.state = 'published' and p.suspended_reason is null)";
  }
  if (split === "project") return "h.project_id";
  return split === "device" && of.what === "user" && !isForAll ? "h.host_id" : "null::bigint";
}

/** What was granted since $3, per hour; $4: to this device. */
const HOURS: Record<ChartOf["what"], string> = {
  user: `select project_id, host_id, hour_seconds, amount_micro from credit_hour
      where user_id in ${identitiesOf("$1")} and hour_seconds >= $3 and ($4::bigint is null or host_id = $4)
    union all select project_id, host_id, granted_seconds, amount_micro from credit_pending
      where user_id in ${identitiesOf("$1")} and granted_seconds >= $3 and ($4::bigint is null or host_id = $4)`,
  team: `select project_id, null::bigint as host_id, hour_seconds, amount_micro from credit_team_hour
      where team_id = $1 and hour_seconds >= $3`,
};

/** The first second of each bar, the oldest first; the last one is now's. */
export function barStarts(step: ChartStep, nowSeconds: number): number[] {
  const now = new Date(nowSeconds * 1000);
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  const monday = day - ((now.getUTCDay() + 6) % 7);
  return Array.from({ length: BARS[step] }, (_, index) => {
    const back = BARS[step] - 1 - index;
    if (step === "month") return Date.UTC(year, month - back, 1) / 1000;
    return Date.UTC(year, month, step === "week" ? monday - 7 * back : day - back) / 1000;
  });
}

async function namesOf(pool: Pool, split: ChartSplit, ids: readonly number[]): Promise<Map<number, string | null>> {
  if (split === "all" || ids.length === 0) return new Map();
  const { rows } = await pool.query<{ id: number; name: string | null }>(
    `select id, name from ${split === "project" ? "project" : "host"} where id = any($1::bigint[])`,
    [ids],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
