import type { Metadata } from "next";
import { headers } from "next/headers";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../../server/trpc/caller.ts";
import { PageTitle } from "../../components/page-title.tsx";
import { SignInFirst } from "../../components/sign-in-first.tsx";
import { Messages } from "../../i18n/messages.tsx";
import { unlessRefused } from "../../lib/unless-refused.ts";
import { NewProjectForm } from "./new-project-form.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("newProject"))("title") };
}

export default async function NewProjectPage() {
  const t = await getTranslations("newProject");
  const mine = await unlessRefused(serverCaller(await headers()).project.mine());
  if (mine === null) return <SignInFirst title={t("title")} next="/projects/new" />;
  return (
    <Messages parts={["newProject", "projectForm", "refusal"]}>
      <PageTitle title={t("title")} lead={t("lead")} />
      <NewProjectForm />
    </Messages>
  );
}
