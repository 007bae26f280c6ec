import * as z from "zod";
import { askedFrom } from "../../account/asked-from.ts";
import { accountLimitsOf } from "../../account/limits.ts";
import { nowSeconds } from "../../clock.ts";
import { depsOf } from "../../deps.ts";
import { mailerOf } from "../../mail/mailer.ts";
import { ROLES, requireAccess } from "../../project/authorise.ts";
import { invitationMail } from "../../project/invitation-mail.ts";
import {
  acceptInvitation,
  invite,
  listInvitations,
  seeInvitation,
  withdrawInvitation,
} from "../../project/invitations.ts";
import { accountProcedure, publicProcedure, router } from "../../trpc/init.ts";

const slug = z.object({ slug: z.string().max(60) });
const token = z.object({ token: z.string().max(100) });

export const invitationRouter = router({
  /** Makes a link; where an address is given it is mailed there too. The link's secret is in this answer and nowhere else. */
  create: accountProcedure
    .input(slug.extend({ role: z.enum(ROLES), email: z.email().max(254).nullable() }))
    .mutation(async ({ ctx, input }) => {
      const { services, user } = ctx;
      if (input.email !== null) await accountLimitsOf(services).mail(ctx.address, input.email);
      const made = await invite(await depsOf(services), user, input, nowSeconds());
      const path = `/projects/join/${made.token}`;
      if (input.email !== null) {
        const { language, link } = askedFrom(services.settings, { headers: headersOf(ctx.headers) });
        const { slug: project } = await requireAccess(services.pool, user, { slug: input.slug });
        const mail = invitationMail(language, { project, from: user.name, link: link(path) });
        mailerOf(services).send({ to: input.email, ...mail });
      }
      return { path, expiresSeconds: made.expiresSeconds };
    }),
  list: accountProcedure
    .input(slug)
    .query(({ ctx, input }) => listInvitations(ctx.services.pool, ctx.user, input.slug, nowSeconds())),
  withdraw: accountProcedure
    .input(slug.extend({ id: z.int().positive() }))
    .mutation(async ({ ctx, input }) => withdrawInvitation(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
  /** What a link invites to, for whoever has it. */
  see: publicProcedure
    .input(token)
    .query(({ ctx, input }) => seeInvitation(ctx.services.pool, input.token, nowSeconds())),
  accept: accountProcedure
    .input(token)
    .mutation(async ({ ctx, input }) =>
      acceptInvitation(await depsOf(ctx.services), ctx.user, input.token, nowSeconds()),
    ),
});

function headersOf(headers: Record<string, string | string[] | undefined>): Pick<Headers, "get"> {
  return { get: (name) => [headers[name]].flat()[0] ?? null };
}
