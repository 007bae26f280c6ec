import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { nowSeconds } from "../clock.ts";
import type { Pool } from "../database/pool.ts";
import { depsOf } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import type { Services } from "../services.ts";
import { holderOfToken, TOKEN_PREFIX } from "../token/holder-of-token.ts";
import { signedInAs } from "./auth.ts";
import { findPerson, type Person, personOfAccount, personOfHost } from "./person.ts";
import { isCrossSite } from "./same-origin.ts";

/** What a personal token may be good for. */
export const SCOPES = ["read", "submit", "publish", "manage"] as const;
export type Scope = (typeof SCOPES)[number];

/** Who is calling: the one thing that decides what a call may do. A user's id in a call's input never does. */
export type Viewer = {
  /** app_user.id; where identities were joined, the one that stands for all. */
  userId: number;
  /**
   * account: signed in, or a personal token. anonymous: only a device's session is shown. It acts for its user, who may
   * have an account, but may not do what needs one.
   */
  kind: "account" | "anonymous";
  via: "session" | "host" | "token";
  /** The device; only with via "host". */
  hostId: number | null;
  /** What a personal token may do; a session may do all. */
  scopes: readonly Scope[] | "all";
  /** The one project a personal token is for; null: all of its user's. */
  onlyProjectId: number | null;
  isOperator: boolean;
  /** Public name; null: none chosen. */
  name: string | null;
};

/** What of a request tells who is calling. */
export type Caller = { method: string; headers: IncomingHttpHeaders };

/**
 * Who is calling: a personal token before the cookie of a signed-in browser, that before a device's session. Null: nobody
 * known; the token of a session that has run out is nobody's.
 * @throws {Refusal} `forbidden` where another site's page sends a signed-in browser to change something, and to banned users.
 */
export async function viewerOf(services: Services, caller: Caller): Promise<Viewer | null> {
  const bearer = bearerToken(caller);
  if (bearer?.startsWith(TOKEN_PREFIX)) return await viewerOfToken(services, bearer);
  return (await viewerOfSession(services, caller)) ?? (await viewerOfHost(services, bearer));
}

/** The same for plain HTTP routes. */
export async function viewerOfRequest(services: Services, request: IncomingMessage): Promise<Viewer | null> {
  return await viewerOf(services, { method: request.method ?? "GET", headers: request.headers });
}

/** Whether a plain route shows this caller what is not everybody's: a token reads only with the scope for it. */
export function mayReadWith(viewer: Viewer | null): boolean {
  return viewer === null || viewer.scopes === "all" || viewer.scopes.includes("read");
}

/** What stands after `Bearer` in the authorization header. */
export function bearerToken({ headers }: { headers: IncomingHttpHeaders }): string | null {
  return /^Bearer ([\w.-]{1,200})$/i.exec(headers.authorization ?? "")?.[1] ?? null;
}

/**
 * Whether this is a device without its person, who has an account. It may be lost, or somebody else's by now: it computes for
 * the account, and neither tells whose that is nor changes it.
 */
export async function isDeviceOfAccount(pool: Pool, viewer: Viewer): Promise<boolean> {
  if (viewer.via !== "host") return false;
  const { rowCount } = await pool.query("select from app_user where id = $1 and auth_user_id is not null", [
    viewer.userId,
  ]);
  return rowCount === 1;
}

/** The device, where this is one of an account without its person: it is told of nothing but itself. Else null. */
export async function loneDeviceOf(pool: Pool, viewer: Viewer): Promise<number | null> {
  return (await isDeviceOfAccount(pool, viewer)) ? viewer.hostId : null;
}

/** @throws {Refusal} `unauthenticated` to a device of an account. */
export async function refuseDeviceOfAccount(pool: Pool, viewer: Viewer): Promise<void> {
  if (await isDeviceOfAccount(pool, viewer)) throw new Refusal("unauthenticated", "Sign in first.");
}

async function viewerOfToken({ pool }: Services, token: string): Promise<Viewer | null> {
  const holder = await holderOfToken(pool, token, nowSeconds());
  const person = holder && (await findPerson(pool, holder.userId));
  if (!person) return null;
  const rights = { scopes: holder.scopes, onlyProjectId: holder.projectId };
  return { ...shown(person), kind: "account", via: "token", hostId: null, ...rights };
}

async function viewerOfSession(services: Services, caller: Caller): Promise<Viewer | null> {
  const account = await signedInAs(services, caller.headers);
  if (account === null) return null;
  // The cookie may have been sent by a browser that another site's page told to.
  if (isCrossSite(caller, services.settings.PUBLIC_URL)) throw new Refusal("forbidden", "This came from another site.");
  const person = await personOfAccount(services.pool, account.authUserId, nowSeconds());
  return { ...shown(person), kind: "account", via: "session", hostId: null, scopes: "all", onlyProjectId: null };
}

async function viewerOfHost(services: Services, token: string | null): Promise<Viewer | null> {
  const hostId = token === null ? null : (await depsOf(services)).secrets.hostOfSession(token, nowSeconds());
  const person = hostId === null ? null : await personOfHost(services.pool, hostId);
  if (!person) return null;
  return { ...shown(person), kind: "anonymous", via: "host", hostId, scopes: "all", onlyProjectId: null };
}

function shown(person: Person): Pick<Viewer, "userId" | "name" | "isOperator"> {
  if (person.bannedReason !== null) {
    throw new Refusal("forbidden", `You may not take part here: ${person.bannedReason}`);
  }
  return { userId: person.id, name: person.name, isOperator: person.isOperator };
}
