import type { Metadata } from "next";
import { headers } from "next/headers";
import Link from "next/link";
import { notFound } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../../../server/trpc/caller.ts";
import { PageTitle } from "../../../components/page-title.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Messages } from "../../../i18n/messages.tsx";
import { unlessRefused } from "../../../lib/unless-refused.ts";
import { VersionsView } from "./versions-view.tsx";

type Props = { params: Promise<{ slug: string }> };

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("versions"))("title") };
}

/** Everything that a project ever published: for whoever sees the project. Its owners change it here. */
export default async function VersionsPage({ params }: Props) {
  const { slug } = await params;
  const caller = serverCaller(await headers());
  const t = await getTranslations("versions");
  const [project, apps] = await Promise.all([
    caller.project.get({ slug }),
    unlessRefused(caller.version.byApp({ slug })),
  ]);
  if (!project || !apps) notFound();
  const { role, isOperator } = project.me;
  const isOwner = isOperator || role === "owner";
  return (
    <Messages parts={["versions", "refusal"]}>
      <PageTitle title={t("title")} lead={t("lead", { project: project.name })}>
        <div className="flex flex-wrap gap-3">
          <Button asChild variant="outline">
            <Link href={`/projects/${slug}`}>{t("back")}</Link>
          </Button>
          {isOwner || role === "admin" ? (
            <Button asChild>
              <Link href={`/projects/${slug}/publish`}>{t("publish")}</Link>
            </Button>
          ) : null}
        </div>
      </PageTitle>
      <VersionsView slug={slug} initial={apps} isOwner={isOwner} />
    </Messages>
  );
}
