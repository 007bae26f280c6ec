import type { GenericEndpointContext } from "better-auth";
import { getOAuthState, getSessionFromCtx } from "better-auth/api";

/** For whom a browser that comes back from a provider wants it linked; undefined: it does not, or there is none. */
export async function linkOf(
  context: GenericEndpointContext | null,
): Promise<{ userId: string; email: string } | undefined> {
  return context?.path === "/callback/:id" ? (await getOAuthState())?.link : undefined;
}

/**
 * Sends a browser back that comes to have an account elsewhere linked, unless whoever began it is still signed in there: the
 * library remembers for ten minutes who that was, also beyond signing out. To be asked before an account is stored.
 */
export async function refuseForeignLink(context: GenericEndpointContext | null): Promise<void> {
  const link = await linkOf(context);
  if (context === null || link === undefined) return;
  const session = await getSessionFromCtx(context, { disableRefresh: true });
  if (session?.user.id === link.userId) return;
  const page = (await getOAuthState())?.errorURL ?? "/sign-in";
  throw context.redirect(`${page}${page.includes("?") ? "&" : "?"}error=signed_out`);
}
