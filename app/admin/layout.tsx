import type { Metadata } from "next";
import { headers } from "next/headers";
import { notFound } from "next/navigation";
import { getTranslations } from "next-intl/server";
import type { ReactNode } from "react";
import { serverCaller } from "../../server/trpc/caller.ts";
import { PageTitle } from "../components/page-title.tsx";
import { SignInFirst } from "../components/sign-in-first.tsx";
import { Messages } from "../i18n/messages.tsx";
import { unlessRefused } from "../lib/unless-refused.ts";
import { AdminMenu } from "./admin-menu.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("admin"))("title"), robots: { index: false } };
}

/** For operators; to everybody else who is signed in there is nothing here. */
export default async function AdminLayout({ children }: { children: ReactNode }) {
  const caller = serverCaller(await headers());
  const [t, operators, mine] = await Promise.all([
    getTranslations("admin"),
    unlessRefused(caller.admin.operators()),
    unlessRefused(caller.project.mine()),
  ]);
  if (mine === null) return <SignInFirst title={t("title")} next="/admin" />;
  if (operators === null) notFound();
  return (
    <Messages parts={["admin", "deeds", "report.reasons", "refusal"]}>
      <PageTitle title={t("title")} lead={t("lead")} />
      <AdminMenu />
      {children}
    </Messages>
  );
}
