import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../server/trpc/caller.ts";
import { PageTitle } from "../components/page-title.tsx";
import { LeaderTable } from "./leader-table.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("leaderboard"))("title") };
}

export default async function LeaderboardPage() {
  const t = await getTranslations("leaderboard");
  const leaders = await serverCaller().leaderboard.list({ order: "total", offset: 0 });
  return (
    <>
      <PageTitle title={t("title")} lead={t("lead")} />
      <LeaderTable initial={leaders} />
    </>
  );
}
