import type { Metadata } from "next";
import { headers } from "next/headers";
import Link from "next/link";
import { notFound } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../../../server/trpc/caller.ts";
import { PageTitle } from "../../../components/page-title.tsx";
import { SignInFirst } from "../../../components/sign-in-first.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Empty } from "../../../components/ui/states.tsx";
import { Messages } from "../../../i18n/messages.tsx";
import type { SubmittableApp } from "../../../lib/trpc.tsx";
import { unlessRefused } from "../../../lib/unless-refused.ts";
import { SubmitView } from "./submit-view.tsx";

type Props = { params: Promise<{ slug: string }> };

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("submit"))("title") };
}

export default async function SubmitPage({ params }: Props) {
  const { slug } = await params;
  const caller = serverCaller(await headers());
  const [t, project, apps] = await Promise.all([
    getTranslations("submit"),
    caller.project.get({ slug }),
    unlessRefused(caller.batch.apps({ slug })),
  ]);
  if (apps === null) {
    if ((await unlessRefused(caller.project.mine())) !== null) notFound();
    return <SignInFirst title={t("title")} next={`/projects/${slug}/submit`} />;
  }
  // What is undefined on the server is absent in JSON, which is all that the two types differ in.
  const seen = apps as SubmittableApp[];
  return (
    <Messages parts={["submit", "reason", "refusal", "here"]}>
      <PageTitle title={t("title")} lead={t("lead", { project: project?.name ?? slug })}>
        <Button asChild variant="outline">
          <Link href={`/projects/${slug}/batches`}>{t("batches")}</Link>
        </Button>
      </PageTitle>
      {apps.length === 0 ? (
        <Empty title={t("noApps")}>{t("noAppsText")}</Empty>
      ) : (
        <SubmitView slug={slug} apps={seen} />
      )}
    </Messages>
  );
}
