import * as z from "zod";
import { nowSeconds } from "../../clock.ts";
import { NAME_MAX_CHARACTERS } from "../../core/limits.ts";
import { CHART_STEPS, creditOverTime } from "../../credit/credit-over-time.ts";
import { depsOf } from "../../deps.ts";
import { Refusal } from "../../refusal.ts";
import { changeTeam, handOverTeam, renewInvite } from "../../team/change-team.ts";
import { createTeam } from "../../team/create-team.ts";
import { getTeam, listMembers } from "../../team/get-team.ts";
import { joinTeam } from "../../team/join-team.ts";
import { leaveTeam, removeMember } from "../../team/leave-team.ts";
import { listTeams } from "../../team/list-teams.ts";
import { teamIdOf } from "../../team/members.ts";
import { DESCRIPTION_MAX_CHARACTERS } from "../../team/team-rules.ts";
import { accountProcedure, publicProcedure, readProcedure, router } from "../../trpc/init.ts";

const PAGE = 50;

const idSchema = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const textSchema = z.object({
  name: z.string().max(NAME_MAX_CHARACTERS * 4),
  description: z.string().max(DESCRIPTION_MAX_CHARACTERS * 4),
  isOpen: z.boolean(),
});
const teamSchema = z.object({ teamId: idSchema });
const memberSchema = teamSchema.extend({ memberId: idSchema });
const inviteSchema = z.string().max(100);

/** Whoever calls is who acts: no input names the one who founds, joins or leaves. */
const memberProcedure = accountProcedure.meta({ scope: "manage" });

export const teamRouter = router({
  /** Teams, the newest first, or those whose name begins like `search`. */
  list: publicProcedure
    .input(
      z.object({ search: z.string().max(NAME_MAX_CHARACTERS).default(""), afterId: idSchema.nullable().default(null) }),
    )
    .query(({ ctx, input }) => listTeams(ctx.services.pool, { ...input, limit: PAGE })),
  /** A team's page; null: there is none. */
  get: publicProcedure.input(teamSchema).query(async ({ ctx, input }) => {
    const viewer = await ctx.viewer();
    const asked = { teamId: input.teamId, viewerId: viewer?.kind === "account" ? viewer.userId : null };
    return await getTeam(ctx.services.pool, asked, nowSeconds()).catch((error: unknown) => {
      if (error instanceof Refusal && error.code === "not_found") return null;
      throw error;
    });
  }),
  members: publicProcedure
    .input(
      teamSchema.extend({ after: z.object({ joinedSeconds: z.int(), userId: idSchema }).nullable().default(null) }),
    )
    .query(({ ctx, input }) => listMembers(ctx.services.pool, { ...input, limit: PAGE })),
  chart: publicProcedure
    .input(teamSchema.extend({ step: z.enum(CHART_STEPS), split: z.enum(["all", "project"]) }))
    .query(({ ctx, input: { teamId, ...chart } }) =>
      creditOverTime(ctx.services.pool, { of: { what: "team", id: teamId }, ...chart, isForAll: true }, nowSeconds()),
    ),
  /** The caller's own team; null: none, or nobody is signed in. */
  mine: readProcedure.query(async ({ ctx }) => {
    const viewer = await ctx.viewer();
    if (viewer?.kind !== "account") return { isSignedIn: false, teamId: null };
    return { isSignedIn: true, teamId: await teamIdOf(ctx.services.pool, viewer.userId) };
  }),
  create: memberProcedure
    .input(textSchema)
    .mutation(async ({ ctx, input }) =>
      createTeam(await depsOf(ctx.services), { ...input, userId: ctx.user.userId }, nowSeconds()),
    ),
  change: memberProcedure
    .input(teamSchema.extend(textSchema.shape))
    .mutation(async ({ ctx, input }) => changeTeam(await depsOf(ctx.services), { ...input, userId: ctx.user.userId })),
  renewInvite: memberProcedure.input(teamSchema).mutation(async ({ ctx, input }) => ({
    inviteToken: await renewInvite(await depsOf(ctx.services), { ...input, userId: ctx.user.userId }),
  })),
  join: memberProcedure
    .input(teamSchema.extend({ inviteToken: inviteSchema.optional() }))
    .mutation(async ({ ctx, input }) =>
      joinTeam(await depsOf(ctx.services), { ...input, userId: ctx.user.userId }, nowSeconds()),
    ),
  leave: memberProcedure
    .input(teamSchema)
    .mutation(async ({ ctx, input }) =>
      leaveTeam(await depsOf(ctx.services), { ...input, userId: ctx.user.userId }, nowSeconds()),
    ),
  removeMember: memberProcedure
    .input(memberSchema)
    .mutation(async ({ ctx, input }) =>
      removeMember(await depsOf(ctx.services), { ...input, userId: ctx.user.userId }, nowSeconds()),
    ),
  handOver: memberProcedure
    .input(memberSchema)
    .mutation(async ({ ctx, input }) =>
      handOverTeam(await depsOf(ctx.services), { ...input, userId: ctx.user.userId }),
    ),
});
