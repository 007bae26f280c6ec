import * as z from "zod";
import type { AppVersion } from "../app-version/app-versions.ts";
import { choosePolicy, HARMS, type PolicyChoice } from "../core/submission/choose-policy.ts";
import { type BatchOptions, batchOptionsSchema, type WorkunitDraft } from "../core/submission/draft.ts";
import { type Estimate, estimate, type Measured } from "../core/submission/estimate.ts";
import { sourceSchema } from "../core/submission/read-source.ts";
import type { Deps } from "../deps.ts";
import { parseOrRefuse } from "../project/create-project.ts";
import { HELD_RANK } from "../sql/find-candidates.ts";
import { checkOptions, versionFor } from "./draft-batch.ts";
import type { Fault } from "./store-part.ts";
import { draftsOf } from "./submit-stream.ts";

export const planSchema = z.strictObject({
  appVersionId: z.int().min(1),
  options: batchOptionsSchema.prefault({}),
  /** The answer to "how bad is a wrong answer?", in place of a policy. */
  harm: z.enum(HARMS).optional(),
  /** What would be sent: all of it, or so much that its beginning can be shown, with `workunits` for the whole. */
  source: sourceSchema.optional(),
  text: z
    .string()
    .max(8 * 1024 * 1024)
    .default(""),
  workunits: z.int().min(1).max(100_000).optional(),
  /** Seconds that one of them was measured to take, in a dry run for example: in place of what the last day says. */
  secondsEach: z.number().gt(0).max(1e9).optional(),
});
export type PlanInput = z.input<typeof planSchema>;

export type BatchPlan = Estimate & {
  /** Chosen from `harm`; null where none was given. */
  choice: PolicyChoice | null;
  /** The first workunits as they would be made. */
  examples: WorkunitDraft[];
  faults: Fault[];
  nFaults: number;
};

const EXAMPLES = 3;
const FAULTS = 20;

/** What submitting would do, before anything is created. @throws {Refusal} when it could not be submitted at all. */
export async function planBatch(deps: Deps, input: PlanInput, nowSeconds: number): Promise<BatchPlan> {
  const plan = parseOrRefuse(planSchema, input, "The plan");
  const version = await versionFor(deps, plan.appVersionId);
  const choice =
    plan.harm === undefined
      ? null
      : choosePolicy(plan.harm, { ...version.manifest, missionCritical: version.app.settings.missionCritical });
  const options = withChoice(plan.options, choice);
  checkOptions(deps, version, options);
  const read = { count: 0, flops: 0, examples: [] as WorkunitDraft[], faults: [] as Fault[], nFaults: 0 };
  if (plan.source !== undefined) {
    async function* text() {
      yield plan.text;
    }
    for await (const each of draftsOf(plan.source, version, options, text())) {
      if ("fault" in each) {
        read.nFaults += 1;
        if (read.faults.length < FAULTS) read.faults.push({ line: each.line, message: each.fault });
        continue;
      }
      read.count += 1;
      read.flops += each.value.flops ?? options.flops ?? 0;
      if (read.examples.length < EXAMPLES) read.examples.push(each.value);
    }
  }
  const workunits = plan.workunits ?? read.count;
  const flopsEach = read.count > 0 ? read.flops / read.count : (options.flops ?? 0);
  const { policy, parameters } = version.app.settings;
  const minQuorum = options.parameters.minQuorum ?? parameters.minQuorum;
  const targetNResults =
    options.parameters.targetNResults ??
    (options.parameters.minQuorum === undefined ? (parameters.targetNResults ?? minQuorum) : minQuorum);
  const planned = { workunits, flopsEach, policy: options.policy ?? policy, minQuorum, targetNResults };
  const measured = await measure(deps, version, options.priority, nowSeconds);
  const tried = plan.secondsEach !== undefined && flopsEach > 0 ? { flopsPerSecond: flopsEach / plan.secondsEach } : {};
  const estimated = estimate(planned, { ...measured, ...tried });
  return { ...estimated, choice, examples: read.examples, faults: read.faults, nFaults: read.nFaults };
}

/** The options with what was chosen in place of what they said of redundancy. */
export function withChoice(options: BatchOptions, choice: PolicyChoice | null): BatchOptions {
  if (choice === null) return options;
  return { ...options, policy: choice.policy, parameters: { ...options.parameters, ...choice.parameters } };
}

const DAY = 86_400;
/** Results of the last day that are looked at: enough for a mean. */
const SAMPLE = 5_000;

/** What the last day says of this app's computations and of the site's volunteers. */
async function measure(deps: Deps, version: AppVersion, priority: number, nowSeconds: number): Promise<Measured> {
  const { rows } = await deps.pool.query<Measured & { flopsPerSecondAll: number | null }>(
    `with recent as (
       select r.app_version_id, r.outcome, r.elapsed_ms, w.flops from host h
         join result r on r.host_id = h.id and r.state = 'over' and r.reported_seconds >= $2
         join workunit w on w.id = r.workunit_id where h.last_seen_seconds >= $2 limit ${SAMPLE}),
     mine as (select * from recent where app_version_id = $1)
     select (select (sum(flops) * 1000 / nullif(sum(elapsed_ms), 0))::float8 from mine where outcome = 'ok' and elapsed_ms > 0) as "flopsPerSecond",
            (select (count(*) filter (where outcome <> 'ok'))::float8 / nullif(count(*), 0) from mine) as "lossRate",
            null::float8 as redundancy,
            (select coalesce(sum(c.seconds), 0)::float8 from (
               select least(${DAY}, greatest(0, h.last_seen_seconds - greatest(h.created_seconds, $2))) as seconds from host h
                where h.last_seen_seconds >= $2 and exists (select from result r where r.host_id = h.id and r.state = 'over' and r.reported_seconds >= $2)) c) as "secondsPerDay",
            (select coalesce(sum(q.n * q.flops), 0)::float8 from (
               select count(*) as n, (select w.flops from workunit w where w.batch_id = (select max(id) from batch where app_version_id = r.app_version_id) limit 1) as flops
                 from result r where r.state = 'unsent' and r.queue_rank <= $3 and r.queue_rank < ${HELD_RANK} group by r.app_version_id) q) as "secondsAhead",
            (select (sum(flops) * 1000 / nullif(sum(elapsed_ms), 0))::float8 from recent where outcome = 'ok' and elapsed_ms > 0) as "flopsPerSecondAll"`,
    [version.id, nowSeconds - DAY, -priority],
  );
  const row = rows[0];
  if (row === undefined) throw new Error("measuring gave no row");
  const { flopsPerSecondAll, secondsAhead: flopsAhead, ...measured } = row;
  // Asked for in operations: the queue holds work of all apps, as fast as all were.
  const speed = flopsPerSecondAll ?? measured.flopsPerSecond;
  return { ...measured, secondsAhead: speed === null ? 0 : flopsAhead / speed };
}
