import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../server/trpc/caller.ts";
import { PageTitle } from "../components/page-title.tsx";
import { SiteNumbers } from "../components/site-numbers.tsx";
import { Empty } from "../components/ui/states.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("projects"))("title") };
}

export default async function ProjectsPage() {
  const [t, projects] = await Promise.all([getTranslations("projects"), serverCaller().project.list()]);
  return (
    <>
      <PageTitle title={t("title")} lead={t("lead")} />
      {projects.length === 0 ? <Empty title={t("none")}>{t("noneText")}</Empty> : <SiteNumbers initial={projects} />}
    </>
  );
}
