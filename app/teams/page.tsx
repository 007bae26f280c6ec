import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../server/trpc/caller.ts";
import { PageTitle } from "../components/page-title.tsx";
import { CreateTeam } from "./create-team.tsx";
import { TeamFinder } from "./team-finder.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("teams"))("title") };
}

export default async function TeamsPage() {
  const [t, teams] = await Promise.all([getTranslations("teams"), serverCaller().team.list({})]);
  return (
    <>
      <PageTitle title={t("title")} lead={t("lead")} />
      <div className="grid gap-6 lg:grid-cols-[2fr_1fr]">
        <TeamFinder initial={teams} />
        <CreateTeam />
      </div>
    </>
  );
}
