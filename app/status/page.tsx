import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../server/trpc/caller.ts";
import { PageTitle } from "../components/page-title.tsx";
import { StatusView } from "./status-view.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("status"))("title") };
}

export default async function StatusPage() {
  const [t, status] = await Promise.all([getTranslations("status"), serverCaller().status.get()]);
  return (
    <>
      <PageTitle title={t("title")} lead={t("lead")} />
      <StatusView initial={status} />
    </>
  );
}
