import * as z from "zod";
import { askedFrom } from "../../account/asked-from.ts";
import { attachDevice, joinDevice, takeDevice } from "../../account/attach-device.ts";
import { type SignedIn, signedInAs } from "../../account/auth.ts";
import { makeCode, userOfCode } from "../../account/codes.ts";
import { deleteAccount } from "../../account/delete-account.ts";
import { listDevices, nameDevice, removeDevice } from "../../account/devices.ts";
import { shouldOfferToKeep } from "../../account/keep-offer.ts";
import { accountLimitsOf } from "../../account/limits.ts";
import { loadOverview } from "../../account/overview.ts";
import { findPersonOfAccount } from "../../account/person.ts";
import { offeredProviders } from "../../account/providers.ts";
import { recoverIdentity } from "../../account/recover.ts";
import { isCrossSite } from "../../account/same-origin.ts";
import { endSession, endSessions, listSessions } from "../../account/sessions.ts";
import { finishSignUp, requestSignUp } from "../../account/sign-up.ts";
import { tellOfWayIn } from "../../account/tell-of-way-in.ts";
import { isDeviceOfAccount, loneDeviceOf, refuseDeviceOfAccount } from "../../account/viewer.ts";
import { removeWayIn, type WayIn } from "../../account/ways-in.ts";
import { nowSeconds } from "../../clock.ts";
import { NAME_MAX_CHARACTERS } from "../../core/limits.ts";
import { COUNTRIES } from "../../core/wire/countries.ts";
import { depsOf } from "../../deps.ts";
import { Refusal } from "../../refusal.ts";
import type { Context } from "../../trpc/context.ts";
import { accountProcedure, publicProcedure, router, userProcedure } from "../../trpc/init.ts";

const hostId = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const codeInput = z.object({ code: z.string().min(1).max(60) });

export const accountRouter = router({
  /** What the sign-in page offers. */
  ways: publicProcedure.query(({ ctx: { services } }) => ({
    providers: offeredProviders(services.settings),
    /** Without a mail server mails are in the server's log only. */
    hasMail: services.settings.SMTP_URL !== undefined,
  })),
  /** Who is calling, for the header of every page; null: nobody known. Makes nothing. */
  me: publicProcedure.query(async ({ ctx }) => {
    const signedIn = await signedInAs(ctx.services, ctx.headers);
    if (signedIn !== null) {
      const person = await findPersonOfAccount(ctx.services.pool, signedIn.authUserId);
      return { kind: "account" as const, name: person?.name ?? null, isOperator: person?.isOperator ?? false };
    }
    const viewer = await ctx.viewer();
    if (viewer === null || (await isDeviceOfAccount(ctx.services.pool, viewer))) {
      return viewer && { kind: viewer.kind, name: null, isOperator: false };
    }
    return { kind: viewer.kind, name: viewer.name, isOperator: viewer.isOperator };
  }),
  /** Whether to say what keeps this browser's credit when it forgets. */
  offer: publicProcedure.query(async ({ ctx }) => shouldOfferToKeep(ctx.services.pool, await ctx.viewer())),
  /** What /account shows; null: nobody known. */
  overview: publicProcedure.query(async ({ ctx }) => {
    const viewer = await ctx.viewer();
    if (viewer === null || viewer.via === "token") return null;
    const { pool } = ctx.services;
    const overview = await loadOverview(pool, viewer.userId);
    const onlyHostId = await loneDeviceOf(pool, viewer);
    if (overview === null || onlyHostId === null) return overview && { ...overview, kind: viewer.kind };
    // A device alone, which may be lost or somebody else's by now, tells that there is an account, and not whose.
    const [device] = await listDevices(pool, viewer.userId, onlyHostId);
    return {
      userId: overview.userId,
      name: null,
      isPublic: false,
      country: null,
      sinceSeconds: device?.firstSeenSeconds ?? overview.sinceSeconds,
      hasRecoveryCode: false,
      signIn: { email: "", hasPassword: false, providers: [], passkeys: [] },
      kind: viewer.kind,
    };
  }),

  signUp: publicProcedure.input(z.object({ email: z.email().max(254) })).mutation(async ({ ctx, input }) => {
    await accountLimitsOf(ctx.services).mail(ctx.address, input.email);
    const from = askedFrom(ctx.services.settings, requestOf(ctx));
    await requestSignUp(ctx.services, { email: input.email, ...from });
  }),
  finishSignUp: publicProcedure
    .input(z.object({ token: z.string().max(100), password: z.string().max(200) }))
    .mutation(async ({ ctx, input }) => {
      await accountLimitsOf(ctx.services).attempt(ctx.address);
      return await finishSignUp(ctx.services, input);
    }),

  /** The device whose session is shown computes for the account that is signed in, and its past comes along. */
  attachDevice: publicProcedure.mutation(async ({ ctx }) => {
    // Not `accountProcedure`, which would make a user for an account that has none: the device's shall be it.
    const { authUserId } = await accountOf(ctx);
    const deps = await depsOf(ctx.services);
    const hostId = deviceOf(ctx, deps.secrets);
    return { outcome: await attachDevice(deps, { authUserId, hostId }, nowSeconds()) };
  }),
  takeDevice: accountProcedure.mutation(async ({ ctx }) => {
    await accountOf(ctx);
    const deps = await depsOf(ctx.services);
    await takeDevice(deps, { userId: ctx.user.userId, hostId: deviceOf(ctx, deps.secrets) });
  }),
  makeLinkCode: accountProcedure.mutation(({ ctx }) =>
    makeCode(ctx.services.pool, { userId: ctx.user.userId, kind: "link" }, nowSeconds()),
  ),
  /** A device without a page joins the account that made the code. */
  useLinkCode: userProcedure.input(codeInput).mutation(async ({ ctx, input }) => {
    await accountLimitsOf(ctx.services).attempt(ctx.address);
    if (ctx.user.via !== "host" || ctx.user.hostId === null) throw new Refusal("forbidden", "A code is for a device.");
    const deps = await depsOf(ctx.services);
    const userId = await userOfCode(deps.pool, { code: input.code, kind: "link" }, nowSeconds());
    return { outcome: await joinDevice(deps, { userId, hostId: ctx.user.hostId }, nowSeconds()) };
  }),
  makeRecoveryCode: userProcedure.mutation(async ({ ctx }) => {
    const overview = await loadOverview(ctx.services.pool, ctx.user.userId);
    if (overview?.signIn != null) throw new Refusal("conflict", "You have an account: sign in to get everything back.");
    return await makeCode(ctx.services.pool, { userId: ctx.user.userId, kind: "recovery" }, nowSeconds());
  }),
  recover: userProcedure.input(codeInput).mutation(async ({ ctx, input }) => {
    await accountLimitsOf(ctx.services).attempt(ctx.address);
    await recoverIdentity(await depsOf(ctx.services), { viewer: ctx.user, code: input.code }, nowSeconds());
  }),

  /** Where the person is from, if they want to tell; null: they do not. */
  setCountry: userProcedure
    .input(z.object({ country: z.enum(COUNTRIES).nullable() }))
    .mutation(async ({ ctx, input }) => {
      await refuseDeviceOfAccount(ctx.services.pool, ctx.user);
      await ctx.services.pool.query("update app_user set country = $2 where id = $1 and deleted_seconds is null", [
        ctx.user.userId,
        input.country,
      ]);
    }),

  devices: userProcedure.query(async ({ ctx }) => {
    const { secrets } = await depsOf(ctx.services);
    const here = ctx.bearerToken === null ? null : secrets.hostOfSession(ctx.bearerToken, nowSeconds());
    const { pool } = ctx.services;
    const devices = await listDevices(pool, ctx.user.userId, await loneDeviceOf(pool, ctx.user));
    return devices.map((device) => ({ ...device, isThis: device.id === here }));
  }),
  nameDevice: userProcedure
    .input(z.object({ hostId, name: z.string().max(NAME_MAX_CHARACTERS * 4) }))
    .mutation(async ({ ctx, input }) => {
      // A device that is shown alone names itself only: it may be the one that was lost.
      if (ctx.user.via === "host" && ctx.user.hostId !== input.hostId) throw new Refusal("forbidden", "Sign in first.");
      await nameDevice(ctx.services.pool, { userId: ctx.user.userId, ...input });
    }),
  removeDevice: accountProcedure.input(z.object({ hostId })).mutation(async ({ ctx, input }) => {
    await removeDevice(ctx.services.pool, { userId: ctx.user.userId, ...input }, nowSeconds());
  }),

  sessions: accountProcedure.query(async ({ ctx }) => listSessions(ctx.services.pool, await accountOf(ctx))),
  endSession: accountProcedure.input(z.object({ id: z.string().max(100) })).mutation(async ({ ctx, input }) => {
    const { authUserId } = await accountOf(ctx);
    await endSession(ctx.services.pool, { authUserId, id: input.id });
  }),
  /** Signs every browser out, this one too. */
  endAllSessions: accountProcedure.mutation(async ({ ctx }) => {
    const { authUserId } = await accountOf(ctx);
    return { ended: await endSessions(ctx.services.pool, { authUserId, exceptId: null }) };
  }),
  removePasskey: accountProcedure.input(z.object({ id: z.string().max(100) })).mutation(async ({ ctx, input }) => {
    await removeWay(ctx, { kind: "passkey", id: input.id });
  }),
  /** No more signing in with the account at this provider. */
  unlinkProvider: accountProcedure
    .input(z.object({ provider: z.string().max(60) }))
    .mutation(async ({ ctx, input }) => {
      if (input.provider === "credential") throw new Refusal("bad_request", "A password is changed, not taken away.");
      await removeWay(ctx, { kind: "provider", id: input.provider });
    }),
  /** For good. `confirm`: the account's address, or for a user without account the number, typed by hand. */
  delete: userProcedure.input(z.object({ confirm: z.string().max(254) })).mutation(async ({ ctx, input }) => {
    const overview = await loadOverview(ctx.services.pool, ctx.user.userId);
    if (overview === null) throw new Refusal("not_found", "There is no such user any more.");
    // A device's session alone may delete what is only the device's.
    if (overview.signIn !== null && ctx.user.kind !== "account") throw new Refusal("unauthenticated", "Sign in first.");
    const wanted = overview.signIn?.email ?? String(overview.userId);
    if (input.confirm.trim().toLowerCase() !== wanted) {
      throw new Refusal("bad_request", `Type ${wanted} to say that you mean it.`);
    }
    await deleteAccount(await depsOf(ctx.services), ctx.user.userId, nowSeconds());
  }),
});

/** The account of the browser that is signed in. */
async function accountOf(ctx: Context): Promise<SignedIn> {
  const { services, headers } = ctx;
  const signedIn = await signedInAs(services, headers);
  if (signedIn === null) throw new Refusal("unauthenticated", "Sign in first.");
  // As `ctx.viewer()` does; the method is not known here, so it is taken for one that changes something.
  if (isCrossSite({ method: "POST", headers }, services.settings.PUBLIC_URL)) {
    throw new Refusal("forbidden", "This came from another site.");
  }
  return signedIn;
}

async function removeWay(ctx: Context, way: WayIn): Promise<void> {
  const { authUserId, email } = await accountOf(ctx);
  const offered = offeredProviders(ctx.services.settings).map(({ id }) => id);
  await removeWayIn(await depsOf(ctx.services), { authUserId, way, offered });
  tellOfWayIn(ctx.services, { to: email, change: "removed", way, request: requestOf(ctx) });
}

function deviceOf(ctx: Context, secrets: { hostOfSession(token: string, now: number): number | null }): number {
  const device = ctx.bearerToken === null ? null : secrets.hostOfSession(ctx.bearerToken, nowSeconds());
  if (device === null) throw new Refusal("bad_request", "Nothing was ever computed in this browser.");
  return device;
}

/** What of a call a mail needs. */
const requestOf = ({ headers }: Context) => ({ headers: { get: (name: string) => one(headers[name]) } });

const one = (value: string | string[] | undefined): string | null => (typeof value === "string" ? value : null);
