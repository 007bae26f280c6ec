"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createTRPCClient, httpBatchLink } from "@trpc/client";
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { type ReactNode, useState } from "react";
import type { AppRouter } from "../../server/trpc/caller.ts";

type Outputs = inferRouterOutputs<AppRouter>;
export type ProjectList = Outputs["project"]["list"];
export type ProjectPage = NonNullable<Outputs["project"]["get"]>;
export type ProjectSettings = Outputs["project"]["settings"];
export type ProjectMember = Outputs["member"]["list"][number];
export type ProjectHandler = Outputs["handler"]["list"][number];
export type TokenSeen = Outputs["token"]["list"][number];
export type AdminProject = Outputs["admin"]["projects"][number];
export type AdminUser = Outputs["admin"]["users"][number];
export type AdminHost = Outputs["admin"]["hosts"][number];
export type AdminReport = Outputs["report"]["list"][number];
export type Deeds = Outputs["admin"]["deeds"];
export type ProjectCost = Outputs["project"]["cost"];
export type ConfirmedResults = Outputs["project"]["confirmed"];
export type AtlasMap = NonNullable<Outputs["science"]["atlas"]>;
export type AlignSummary = Outputs["science"]["align"];
export type IsingSummary = Outputs["science"]["ising"];
export type ClusterSummary = Outputs["science"]["cluster"];
export type Leaders = Outputs["leaderboard"]["list"];
export type MyCredit = Outputs["credit"]["mine"];
export type MyResults = Outputs["credit"]["results"];
export type CreditChart = Outputs["credit"]["chart"];
export type PublicPerson = NonNullable<Outputs["credit"]["person"]>;
export type TeamPage = NonNullable<Outputs["team"]["get"]>;
export type TeamList = Outputs["team"]["list"];
export type TeamMembers = Outputs["team"]["members"];
export type SiteStatus = Outputs["status"]["get"];
export type BatchProgress = Outputs["batch"]["get"];
export type BatchDetails = Outputs["batch"]["details"];
export type BatchPlan = Outputs["batch"]["plan"];
export type BatchChoice = Outputs["batch"]["choices"][number];
export type SubmittableApp = Outputs["batch"]["apps"][number];
export type PlanAsked = inferRouterInputs<AppRouter>["batch"]["plan"];
/** What a submission begins with. */
export type OpenBatch = inferRouterInputs<AppRouter>["batch"]["open"];
export type ReductionAsked = inferRouterInputs<AppRouter>["batch"]["reduce"]["reduction"];
export type ReducedResults = Outputs["batch"]["reduce"];
export type WorkunitStory = NonNullable<Outputs["workunit"]["story"]>;

export const { TRPCProvider, useTRPC } = createTRPCContext<AppRouter>();

/** How often a page that shows live numbers asks again, in milliseconds. */
export const LIVE_MS = 3_000;
export const SLOW_LIVE_MS = 10_000;

let sessionToken: string | null = null;

/** From now on calls carry this browser's session, for procedures about "me". */
export function carrySession(token: string | null): void {
  sessionToken = token;
}

/** TanStack Query and tRPC for every client component. */
export function DataProvider({ children }: { children: ReactNode }) {
  const [queryClient] = useState(
    () => new QueryClient({ defaultOptions: { queries: { staleTime: 1_000, retry: 2, refetchOnWindowFocus: true } } }),
  );
  const [trpcClient] = useState(() =>
    createTRPCClient<AppRouter>({
      links: [
        httpBatchLink({
          url: "/api/trpc",
          maxURLLength: 2_000,
          // Not above what the server takes (server/trpc/http.ts).
          maxItems: 50,
          headers: () => (sessionToken === null ? {} : { authorization: `Bearer ${sessionToken}` }),
        }),
      ],
    }),
  );
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  );
}
