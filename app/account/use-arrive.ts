"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useVolunteer } from "../components/volunteer/volunteer-provider.tsx";
import { carrySession, useTRPC } from "../lib/trpc.tsx";

/** Where somebody who has just signed in goes: a path of this site, or else their account. */
export function safeNext(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : "/account";
}

/**
 * What happens right after signing in, however it was done: this browser's identity comes to the account, what was known of
 * "me" is asked anew, and the next page opens.
 */
export function useArrive(): (next: string | null) => Promise<void> {
  const volunteer = useVolunteer();
  const trpc = useTRPC();
  const client = useQueryClient();
  const router = useRouter();
  const attach = useMutation(trpc.account.attachDevice.mutationOptions());
  return async (next) => {
    const token = (await volunteer?.sessionToken().catch(() => null)) ?? null;
    carrySession(token);
    // Without an identity there is nothing to bring; the account page says what became of it.
    const attached = token === null ? null : await attach.mutateAsync().catch(() => null);
    await client.invalidateQueries();
    const to = safeNext(next);
    router.replace(to === "/account" && attached !== null ? `/account?device=${attached.outcome}` : to);
  };
}
