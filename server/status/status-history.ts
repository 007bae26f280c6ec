import type { Pool } from "../database/pool.ts";

/** A stretch of the past. What is null was not counted, because no server ran then. */
export interface Moment {
  atSeconds: number;
  /** Per minute, over the stretch. */
  reported: number;
  confirmed: number;
  failed: number;
  /** As they were: means over the stretch, of what was counted. */
  unsent: number | null;
  inProgress: number | null;
  beingChecked: number | null;
  hosts: number | null;
}

/** Stretches that a chart shows: more would be finer than its pixels on a phone. */
const MOST_MOMENTS = 96;

/** Seconds of one stretch: whole minutes that divide an hour. */
export function stretchSeconds(hours: number): number {
  const minutes = [1, 2, 5, 10, 15, 30, 60].find((each) => (hours * 60) / each <= MOST_MOMENTS) ?? 60;
  return minutes * 60;
}

/** The site's last hours, oldest first, up to the last whole minute; only stretches since the site was counted first. */
export async function loadHistory(pool: Pool, hours: number, nowSeconds: number): Promise<Moment[]> {
  const stretch = stretchSeconds(hours);
  const to = Math.floor(nowSeconds / 60) * 60;
  const from = Math.floor((to - hours * 3_600) / stretch) * stretch;
  const { rows } = await pool.query<Moment>(
    `select b as "atSeconds", coalesce(sum(m.reported), 0)::float8 * 60 / least($3, $2 - b) as reported,
            coalesce(sum(m.confirmed), 0)::float8 * 60 / least($3, $2 - b) as confirmed,
            coalesce(sum(m.failed), 0)::float8 * 60 / least($3, $2 - b) as failed,
            avg(m.unsent)::float8 as unsent, avg(m.in_progress)::float8 as "inProgress", avg(m.being_checked)::float8 as "beingChecked",
            avg(m.hosts)::float8 as hosts
       from generate_series($1::bigint, $2::bigint - 1, $3::bigint) b
       left join status_minute m on m.project_id = 0 and m.minute_seconds >= b and m.minute_seconds < least(b + $3, $2)
      where b >= (select min(minute_seconds) / $3 * $3 from status_minute where project_id = 0)
      group by b order by b`,
    [from, to, stretch],
  );
  return rows;
}
