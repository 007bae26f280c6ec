import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { KeepCredit } from "../account/keep-credit.tsx";
import { PageTitle } from "../components/page-title.tsx";
import { CreditView } from "./credit-view.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("credit"))("title") };
}

export default async function CreditPage() {
  const t = await getTranslations("credit");
  return (
    <>
      <PageTitle title={t("title")} lead={t("lead")} />
      <KeepCredit />
      <CreditView />
    </>
  );
}
