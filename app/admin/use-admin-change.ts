"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "../lib/trpc.tsx";

/** After a change everything that operators see is asked for anew. */
export function useAdminRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  const trpc = useTRPC();
  return async () => {
    const keys = [trpc.admin.pathKey(), trpc.report.pathKey(), trpc.project.pathKey()];
    await Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
  };
}
