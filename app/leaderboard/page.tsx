import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../server/trpc/caller.ts";
import { PageTitle } from "../components/page-title.tsx";
import { Board } from "./board.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("leaderboard"))("title") };
}

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

/** `?me`: it opens where one stands oneself; `?board=teams`: with the teams. */
export default async function LeaderboardPage({ searchParams }: Props) {
  const [t, query] = await Promise.all([getTranslations("leaderboard"), searchParams]);
  const kind = query["board"] === "teams" ? "teams" : query["board"] === "devices" ? "devices" : "users";
  const [leaders, projects] = await Promise.all([
    serverCaller().leaderboard.list({ kind, order: "total" }),
    serverCaller().project.list(),
  ]);
  return (
    <>
      <PageTitle title={t("title")} lead={t("lead")} />
      <Board
        kind={kind}
        atMe={query["me"] !== undefined}
        initial={leaders}
        projects={projects.map(({ slug, name }) => ({ slug, name }))}
      />
    </>
  );
}
