import * as z from "zod";
import type { Viewer } from "../../account/viewer.ts";
import { controlBatch } from "../../batch/control-batch.ts";
import { discardBatch, findVersion, finishBatch, openBatch, openBatchSchema } from "../../batch/draft-batch.ts";
import {
  type BatchProgress,
  getBatch,
  getBatchDetails,
  listBatches,
  listBatchWorkunits,
  requireBatchAccess,
  requireBatchRole,
} from "../../batch/get-batch.ts";
import { listSubmittable } from "../../batch/list-submittable.ts";
import { planBatch, planSchema } from "../../batch/plan-batch.ts";
import { retryFailed } from "../../batch/retry-failed.ts";
import { setNotices } from "../../batch/set-notices.ts";
import { submitStream } from "../../batch/submit-stream.ts";
import { nowSeconds } from "../../clock.ts";
import { choosePolicy, HARMS } from "../../core/submission/choose-policy.ts";
import { prioritySchema } from "../../core/submission/draft.ts";
import { sourceSchema } from "../../core/submission/read-source.ts";
import { numberFields, reductionSchema } from "../../core/submission/reduce.ts";
import type { OutputSchema } from "../../core/wire/kernel-manifest.ts";
import { cached } from "../../database/cached.ts";
import { type Deps, depsOf } from "../../deps.ts";
import { accessTo, requireAccess, requireData, requireRole, requireRoleIn } from "../../project/authorise.ts";
import { reduceResults } from "../../results/reduce-results.ts";
import type { Services } from "../../services.ts";
import { accountProcedure, readProcedure, router } from "../../trpc/init.ts";

const READ = { scope: "read" } as const;
const SUBMIT = { scope: "submit" } as const;
/** Counting a batch's rows serves all who ask within this time. */
const DETAILS_SHARED_MS = 5_000;

const id = z.int().min(1);
const batch = z.strictObject({ batchId: id });

const details = new WeakMap<Services, (batchId: number) => ReturnType<typeof getBatchDetails>>();
function detailsOf(services: Services) {
  const known =
    details.get(services) ??
    cached(DETAILS_SHARED_MS, (batchId: number) => getBatchDetails(services, batchId, nowSeconds()));
  details.set(services, known);
  return known;
}

/** The submitter's key is for members, and whether a mail is sent for whom it is sent to. */
async function shown(services: Services, viewer: Viewer | null, { createdBy, notifyMail, ...progress }: BatchProgress) {
  const access = await accessTo(services.pool, viewer, { projectId: progress.projectId });
  const isMember = access !== null && (access.role !== null || access.isOperator);
  const isSubmitter = isMember && viewer?.userId === createdBy;
  return { ...progress, key: isMember ? progress.key : null, mailsMe: isSubmitter ? notifyMail : null };
}

/** The caller must be a submitter of the version's project. */
async function forSubmitter(services: Services, viewer: Viewer, appVersionId: number): Promise<Deps> {
  const deps = await depsOf(services);
  const version = await findVersion(deps, appVersionId);
  await requireRole(services, viewer, version.project.id, "submitter");
  return deps;
}

async function outputOf(deps: Deps, batchId: number): Promise<OutputSchema> {
  const { rows } = await deps.pool.query<{ app_version_id: number }>("select app_version_id from batch where id = $1", [
    batchId,
  ]);
  return (await deps.versions.get(rows[0]?.app_version_id ?? 0)).manifest.output;
}

const control = (type: "pause" | "resume" | "cancel" | "undo_cancel") =>
  accountProcedure
    .meta(SUBMIT)
    .input(batch)
    .mutation(async ({ ctx, input }) => {
      await requireBatchRole(ctx.services, ctx.user, input.batchId, "submitter");
      return await controlBatch(await depsOf(ctx.services), { ...input, action: { type } }, nowSeconds());
    });

/** Text of a source that is sent in one call; more goes through POST /api/versions/ID/batches. */
const TEXT_MAX_CHARACTERS = 4 * 1024 * 1024;

export const batchRouter = router({
  /** What submitting would do, and cost. Creates nothing. */
  plan: accountProcedure
    .meta(SUBMIT)
    .input(planSchema)
    .mutation(async ({ ctx, input }) =>
      planBatch(await forSubmitter(ctx.services, ctx.user, input.appVersionId), input, nowSeconds()),
    ),
  /** "How bad is a wrong answer?", for each answer: the policy and its reasons. */
  choices: accountProcedure
    .meta(READ)
    .input(z.strictObject({ appVersionId: id }))
    .query(async ({ ctx, input }) => {
      const deps = await forSubmitter(ctx.services, ctx.user, input.appVersionId);
      const { manifest, app } = await findVersion(deps, input.appVersionId);
      const about = { ...manifest, missionCritical: app.settings.missionCritical };
      return HARMS.map((harm) => ({ harm, ...choosePolicy(harm, about) }));
    }),
  /** Versions of a project's apps that take work, the newest first, with what their inputs are. */
  apps: accountProcedure
    .meta(READ)
    .input(z.strictObject({ slug: z.string().max(60) }))
    .query(async ({ ctx, input }) => {
      const { projectId } = await requireRoleIn(ctx.services.pool, ctx.user, input, "submitter");
      return await listSubmittable(await depsOf(ctx.services), projectId);
    }),
  /** Submits everything in one call, once for each key. */
  submit: accountProcedure
    .meta(SUBMIT)
    .input(
      z.strictObject({
        open: openBatchSchema,
        source: sourceSchema,
        text: z.string().max(TEXT_MAX_CHARACTERS).default(""),
      }),
    )
    .mutation(async ({ ctx, input: { open, source, text } }) => {
      const deps = await forSubmitter(ctx.services, ctx.user, open.appVersionId);
      async function* bytes() {
        yield Buffer.from(text);
      }
      return await submitStream(deps, { open, source, createdBy: ctx.user.userId }, bytes(), nowSeconds());
    }),
  /** Begins a submission in parts (PUT /api/batches/ID/parts/N), or finds the one with this key. */
  open: accountProcedure
    .meta(SUBMIT)
    .input(openBatchSchema)
    .mutation(async ({ ctx, input }) => {
      const deps = await forSubmitter(ctx.services, ctx.user, input.appVersionId);
      return await openBatch(deps, { input, createdBy: ctx.user.userId }, nowSeconds());
    }),
  finish: accountProcedure
    .meta(SUBMIT)
    .input(batch.extend({ parts: z.int().min(1).max(100_000) }))
    .mutation(async ({ ctx, input }) => {
      await requireBatchRole(ctx.services, ctx.user, input.batchId, "submitter");
      return await finishBatch(await depsOf(ctx.services), input, nowSeconds());
    }),
  discard: accountProcedure
    .meta(SUBMIT)
    .input(batch)
    .mutation(async ({ ctx, input }) => {
      await requireBatchRole(ctx.services, ctx.user, input.batchId, "submitter");
      await discardBatch(await depsOf(ctx.services), input.batchId);
    }),
  get: readProcedure.input(batch).query(async ({ ctx, input }) => {
    const viewer = await ctx.viewer();
    await requireBatchAccess(ctx.services, viewer, input.batchId);
    return await shown(ctx.services, viewer, await getBatch(ctx.services, input.batchId, nowSeconds()));
  }),
  details: readProcedure.input(batch).query(async ({ ctx, input }) => {
    await requireBatchAccess(ctx.services, await ctx.viewer(), input.batchId);
    return await detailsOf(ctx.services)(input.batchId);
  }),
  list: readProcedure
    .input(
      z.strictObject({
        slug: z.string().max(60),
        beforeId: id.nullable().default(null),
        limit: z.int().min(1).max(100).default(20),
      }),
    )
    .query(async ({ ctx, input }) => {
      const viewer = await ctx.viewer();
      const { projectId } = await requireAccess(ctx.services.pool, viewer, { slug: input.slug });
      const batches = await listBatches(ctx.services, { ...input, projectId }, nowSeconds());
      return await Promise.all(batches.map((one) => shown(ctx.services, viewer, one)));
    }),
  workunits: readProcedure
    .input(
      batch.extend({
        state: z.enum(["open", "completed", "failed"]).nullable().default(null),
        reason: z.string().max(40).nullable().default(null),
        afterId: z.int().min(0).default(0),
        limit: z.int().min(1).max(200).default(50),
      }),
    )
    .query(async ({ ctx, input }) => {
      const viewer = await ctx.viewer();
      // Names and tags come from the inputs.
      const projectId = await requireBatchAccess(ctx.services, viewer, input.batchId);
      await requireData(ctx.services.pool, viewer, { projectId });
      return await listBatchWorkunits(ctx.services, input);
    }),
  pause: control("pause"),
  resume: control("resume"),
  /** Takes effect after 30 s. */
  cancel: control("cancel"),
  undoCancel: control("undo_cancel"),
  setPriority: accountProcedure
    .meta(SUBMIT)
    .input(batch.extend({ priority: prioritySchema }))
    .mutation(async ({ ctx, input: { batchId, priority } }) => {
      await requireBatchRole(ctx.services, ctx.user, batchId, "submitter");
      return await controlBatch(
        await depsOf(ctx.services),
        { batchId, action: { type: "set_priority", priority } },
        nowSeconds(),
      );
    }),
  /** When it stops itself, and whether whoever submitted it gets a mail. */
  setNotices: accountProcedure
    .meta(SUBMIT)
    .input(batch.extend({ stopAbove: z.number().min(0).max(1).nullish(), mailsMe: z.boolean().optional() }))
    .mutation(async ({ ctx, input }) => {
      await requireBatchRole(ctx.services, ctx.user, input.batchId, "submitter");
      await setNotices(await depsOf(ctx.services), { ...input, userId: ctx.user.userId });
      return await shown(ctx.services, ctx.user, await getBatch(ctx.services, input.batchId, nowSeconds()));
    }),
  retryFailed: accountProcedure
    .meta(SUBMIT)
    .input(batch)
    .mutation(async ({ ctx, input }) => {
      await requireBatchRole(ctx.services, ctx.user, input.batchId, "submitter");
      return await retryFailed(await depsOf(ctx.services), { ...input, createdBy: ctx.user.userId }, nowSeconds());
    }),
  /** Number fields of a batch's outputs: what they can be reduced by. */
  fields: readProcedure.input(batch).query(async ({ ctx, input: { batchId } }) => {
    const viewer = await ctx.viewer();
    const projectId = await requireBatchAccess(ctx.services, viewer, batchId);
    await requireData(ctx.services.pool, viewer, { projectId });
    return [...numberFields(await outputOf(await depsOf(ctx.services), batchId)).keys()];
  }),
  /** All outputs of a batch as one answer. */
  reduce: readProcedure
    .input(batch.extend({ reduction: reductionSchema }))
    .query(async ({ ctx, input: { batchId, reduction } }) => {
      const viewer = await ctx.viewer();
      const projectId = await requireBatchAccess(ctx.services, viewer, batchId);
      await requireData(ctx.services.pool, viewer, { projectId });
      const deps = await depsOf(ctx.services);
      return await reduceResults(deps, {
        query: { projectId, batchId },
        reduction,
        schema: await outputOf(deps, batchId),
      });
    }),
});
