"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRefusalText } from "../../../lib/refusal-text.ts";
import { useTRPC } from "../../../lib/trpc.tsx";

/** After a change of a project everything that shows it is asked for anew. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  const trpc = useTRPC();
  return async () => {
    const keys = [trpc.project, trpc.member, trpc.invitation, trpc.handler].map((router) => router.pathKey());
    await Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
  };
}

export { useRefusalText };
