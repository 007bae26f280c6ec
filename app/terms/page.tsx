import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { PageTitle } from "../components/page-title.tsx";

const ITEMS = ["free", "device", "honest", "names", "projects", "results", "warranty"] as const;

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("terms"))("title") };
}

export default async function TermsPage() {
  const t = await getTranslations("terms");
  return (
    <>
      <PageTitle title={t("title")} lead={t("lead")} />
      <ol className="max-w-prose list-decimal space-y-4 pl-6 text-pretty marker:font-medium marker:text-accent">
        {ITEMS.map((item) => (
          <li key={item} className="pl-1">
            {t(`items.${item}`)}
          </li>
        ))}
      </ol>
    </>
  );
}
