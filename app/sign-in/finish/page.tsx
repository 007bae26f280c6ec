import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { PageTitle } from "../../components/page-title.tsx";
import { NewPasswordForm } from "../new-password-form.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return {
    title: (await getTranslations("signIn"))("finish.title"),
    referrer: "no-referrer",
    robots: { index: false },
  };
}

export default async function FinishPage() {
  const t = await getTranslations("signIn");
  return (
    <>
      <PageTitle title={t("finish.title")} lead={t("finish.lead")} />
      <NewPasswordForm kind="finish" />
    </>
  );
}
