import type { Metadata } from "next";
import { headers } from "next/headers";
import { notFound } from "next/navigation";
import { cache } from "react";
import { serverCaller } from "../../../server/trpc/caller.ts";
import { CreditChart } from "../../credit/credit-chart.tsx";
import { Members } from "./members.tsx";
import { TeamHead } from "./team-head.tsx";

type Props = {
  params: Promise<{ id: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
};

const load = cache(async (text: string) => {
  const id = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
  const team = id === null ? null : await serverCaller(await headers()).team.get({ teamId: id });
  if (team === null) notFound();
  return team;
});

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const team = await load((await params).id);
  return { title: team.name, description: team.description.slice(0, 160) };
}

/** A team: what it says, its credit over time, its members. `?invite=`: the link by which one joins. */
export default async function TeamPage({ params, searchParams }: Props) {
  const [{ id }, query] = await Promise.all([params, searchParams]);
  const team = await load(id);
  const members = await serverCaller().team.members({ teamId: team.id });
  const invite = typeof query["invite"] === "string" ? query["invite"] : null;
  return (
    <div className="space-y-6">
      <TeamHead initial={team} invite={invite} />
      <CreditChart of={{ what: "team", id: team.id }} />
      <Members teamId={team.id} initial={members} />
    </div>
  );
}
