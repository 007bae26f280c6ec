"use client";

import { useQuery } from "@tanstack/react-query";
import { useVolunteer } from "../components/volunteer/volunteer-provider.tsx";
import { carrySession } from "./trpc.tsx";

/** How often the session is looked after, in milliseconds; it is renewed long before it runs out. */
const LOOK_MS = 60_000;

/**
 * Makes calls from this page carry this device's session, where it has an identity; an account's cookie goes along by itself.
 * In a browser that has an identity this opens its storage: a page that need not know passes false.
 * @returns true once it is clear what there is to carry: from then on questions about "me" make sense.
 */
export function useCaller(isWanted = true): boolean {
  const volunteer = useVolunteer();
  const session = useQuery({
    queryKey: ["session-token"],
    enabled: isWanted && volunteer !== null,
    queryFn: async () => {
      const token = (await volunteer?.sessionToken().catch(() => null)) ?? null;
      carrySession(token);
      return { hasDevice: token !== null };
    },
    refetchInterval: LOOK_MS,
  });
  return session.data !== undefined;
}
