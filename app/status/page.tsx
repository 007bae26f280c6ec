import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../server/trpc/caller.ts";
import { PageTitle } from "../components/page-title.tsx";
import { StatusView } from "./status-view.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("status"))("title") };
}

export default async function StatusPage() {
  const [t, status] = await Promise.all([getTranslations("status"), unlessAway()]);
  return (
    <>
      <PageTitle title={t("title")} lead={t("lead")} />
      <StatusView initial={status} />
    </>
  );
}

/** This page above all must be there when the database is not: null then, and the page says so and asks again. */
async function unlessAway() {
  try {
    return await serverCaller().status.get();
  } catch (error) {
    if ((error as { code?: string }).code === "SERVICE_UNAVAILABLE") return null;
    throw error;
  }
}
