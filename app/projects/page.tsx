import { Plus } from "lucide-react";
import type { Metadata } from "next";
import { headers } from "next/headers";
import Link from "next/link";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../server/trpc/caller.ts";
import { PageTitle } from "../components/page-title.tsx";
import { SiteNumbers } from "../components/site-numbers.tsx";
import { Badge } from "../components/ui/badge.tsx";
import { Button } from "../components/ui/button.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { Empty } from "../components/ui/states.tsx";
import { unlessRefused } from "../lib/unless-refused.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("projects"))("title") };
}

export default async function ProjectsPage() {
  const caller = serverCaller(await headers());
  const [t, projects, mine, operators] = await Promise.all([
    getTranslations("projects"),
    caller.project.list(),
    unlessRefused(caller.project.mine()),
    unlessRefused(caller.admin.operators()),
  ]);
  return (
    <>
      <PageTitle title={t("title")} lead={t("lead")}>
        <div className="flex flex-wrap gap-3">
          {operators === null ? null : (
            <Button asChild variant="outline">
              <Link href="/admin">{t("operator")}</Link>
            </Button>
          )}
          <Button asChild variant="outline">
            <Link href="/docs">{t("docs")}</Link>
          </Button>
          <Button asChild variant="outline">
            <Link href="/projects/new">
              <Plus aria-hidden="true" />
              {t("new")}
            </Link>
          </Button>
        </div>
      </PageTitle>
      {mine !== null && mine.length > 0 ? <MyProjects projects={mine} /> : null}
      {projects.length === 0 ? <Empty title={t("none")}>{t("noneText")}</Empty> : <SiteNumbers initial={projects} />}
    </>
  );
}

type Mine = Awaited<ReturnType<ReturnType<typeof serverCaller>["project"]["mine"]>>;

/** What the visitor belongs to, hidden ones too. */
async function MyProjects({ projects }: { projects: Mine }) {
  const t = await getTranslations("projects");
  return (
    <Card className="mb-8">
      <CardTitle>{t("mine")}</CardTitle>
      <ul className="mt-2 divide-y">
        {projects.map(({ slug, name, role, state, suspendedReason }) => (
          <li key={slug} className="flex flex-wrap items-center justify-between gap-3 py-3">
            <Link href={`/projects/${slug}`} className="font-medium wrap-anywhere hover:underline">
              {name}
            </Link>
            <span className="flex flex-wrap gap-2">
              <Badge>{t(`role.${role}`)}</Badge>
              <Badge tone={suspendedReason === null ? (state === "published" ? "good" : "wait") : "bad"}>
                {t(`state.${suspendedReason === null ? state : "suspended"}`)}
              </Badge>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
