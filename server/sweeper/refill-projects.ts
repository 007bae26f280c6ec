import type { Deps } from "../deps.ts";
import { EXAMPLE_PROJECTS } from "../examples/example-projects.ts";
import { fillProject, submittedSoFar } from "../examples/fill-project.ts";

/** When fewer open workunits of an example project are left, the next are submitted: a visitor always finds work. */
const LITTLE = 2_000;
const REFILL = 1_000;
/** One process refills at a time. */
const REFILL_LOCK = 7_110_003;

/** Submits more work of the example projects that were loaded into this site. @returns how many workunits. */
export async function refillProjects(deps: Deps, nowSeconds: number): Promise<number> {
  const client = await deps.pool.connect();
  try {
    const lock = await client.query<{ mine: boolean }>("select pg_try_advisory_lock($1) as mine", [REFILL_LOCK]);
    if (lock.rows[0]?.mine !== true) return 0;
    try {
      return await refill(deps, nowSeconds);
    } finally {
      await client.query("select pg_advisory_unlock($1)", [REFILL_LOCK]);
    }
  } finally {
    client.release();
  }
}

async function refill(deps: Deps, nowSeconds: number): Promise<number> {
  let submitted = 0;
  for (const { slug, kernel } of EXAMPLE_PROJECTS) {
    // Only what the seed loaded: a project of the same name that somebody else made is theirs.
    if ((await submittedSoFar(deps, kernel)) === 0) continue;
    const { rows } = await deps.pool.query<{ id: number; files: Record<string, string>; open: number }>(
      `select v.id, w.files, (select count(*)::int from (select from workunit o where o.batch_id in
                (select b.id from batch b where b.app_version_id = v.id and not b.in_total and b.n_completed + b.n_failed < b.n_workunits)
                and o.state = 'open' limit ${LITTLE}) few) as open
         from project p join app a on a.project_id = p.id and a.name = $2 join app_version v on v.app_id = a.id
         join lateral (select files from workunit where batch_id = (select max(id) from batch where app_version_id = v.id) limit 1) w on true
        where p.slug = $1 order by v.id desc limit 1`,
      [slug, kernel],
    );
    const version = rows[0];
    if (version === undefined || version.open >= LITTLE) continue;
    const args = { kernel, appVersionId: version.id, files: version.files, wanted: REFILL };
    submitted += await fillProject(deps, args, nowSeconds);
  }
  return submitted;
}
