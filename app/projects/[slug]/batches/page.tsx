import { Send } from "lucide-react";
import type { Metadata } from "next";
import { headers } from "next/headers";
import Link from "next/link";
import { notFound } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../../../server/trpc/caller.ts";
import { PageTitle } from "../../../components/page-title.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Messages } from "../../../i18n/messages.tsx";
import { BatchList } from "./batch-list.tsx";

type Props = { params: Promise<{ slug: string }> };

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("batches"))("title") };
}

/** The batches of a project, for whoever sees the project. */
export default async function BatchesPage({ params }: Props) {
  const { slug } = await params;
  const caller = serverCaller(await headers());
  const project = await caller.project.get({ slug });
  if (project === null) notFound();
  const [t, batches] = await Promise.all([getTranslations("batches"), caller.batch.list({ slug })]);
  const mayControl = project.me.role !== null || project.me.isOperator;
  return (
    <Messages parts={["batches", "batchState", "refusal"]}>
      <PageTitle title={t("title")} lead={project.name}>
        <div className="flex flex-wrap gap-3">
          <Button asChild variant="outline">
            <Link href={`/projects/${slug}`}>{t("back")}</Link>
          </Button>
          {mayControl ? (
            <Button asChild>
              <Link href={`/projects/${slug}/submit`}>
                <Send aria-hidden="true" />
                {t("submit")}
              </Link>
            </Button>
          ) : null}
        </div>
      </PageTitle>
      <BatchList slug={slug} initial={batches} />
    </Messages>
  );
}
