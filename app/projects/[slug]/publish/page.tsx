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
import { unlessRefused } from "../../../lib/unless-refused.ts";
import { PublishView } from "./publish-view.tsx";

type Props = { params: Promise<{ slug: string }> };

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("publish"))("title") };
}

/** Where a program is checked, proven and published, by admins of the project. */
export default async function PublishPage({ params }: Props) {
  const { slug } = await params;
  const caller = serverCaller(await headers());
  const t = await getTranslations("publish");
  const settings = await unlessRefused(caller.project.settings({ slug }));
  if (settings === null) {
    const isSignedIn = (await unlessRefused(caller.project.mine())) !== null;
    if (isSignedIn) notFound();
    return <SignInFirst title={t("title")} next={`/projects/${slug}/publish`} />;
  }
  const { role, isOperator } = settings.me;
  const mayPublish = isOperator || role === "owner" || role === "admin";
  return (
    <Messages parts={["publish", "reason", "refusal"]}>
      <PageTitle title={t("title")} lead={t("lead", { project: settings.name })}>
        <Button asChild variant="outline">
          <Link href={`/projects/${slug}/versions`}>{t("versions")}</Link>
        </Button>
      </PageTitle>
      {mayPublish ? <PublishView slug={slug} /> : <Empty title={t("notYou")}>{t("notYouText")}</Empty>}
    </Messages>
  );
}
