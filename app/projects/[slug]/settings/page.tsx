import type { Metadata } from "next";
import { headers } from "next/headers";
import Link from "next/link";
import { notFound } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../../../server/trpc/caller.ts";
import { PageTitle } from "../../../components/page-title.tsx";
import { SignInFirst } from "../../../components/sign-in-first.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Messages } from "../../../i18n/messages.tsx";
import { unlessRefused } from "../../../lib/unless-refused.ts";
import { SettingsView } from "./settings-view.tsx";

type Props = { params: Promise<{ slug: string }> };

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("projectSettings"))("title") };
}

export default async function ProjectSettingsPage({ params }: Props) {
  const { slug } = await params;
  const caller = serverCaller(await headers());
  const t = await getTranslations("projectSettings");
  const settings = await unlessRefused(caller.project.settings({ slug }));
  if (settings === null) {
    const isSignedIn = (await unlessRefused(caller.project.mine())) !== null;
    if (isSignedIn) notFound();
    return <SignInFirst title={t("title")} next={`/projects/${slug}/settings`} />;
  }
  return (
    <Messages parts={["projectSettings", "projectForm", "deeds", "secret", "refusal"]}>
      <PageTitle title={settings.name} lead={t("title")}>
        <div className="flex flex-wrap gap-3">
          <Button asChild variant="outline">
            <Link href={`/projects/${slug}/batches`}>{t("batches")}</Link>
          </Button>
          <Button asChild variant="outline">
            <Link href={`/projects/${slug}`}>{t("back")}</Link>
          </Button>
        </div>
      </PageTitle>
      <SettingsView initial={settings} />
    </Messages>
  );
}
