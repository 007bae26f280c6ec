import type { Metadata } from "next";
import Link from "next/link";
import { getTranslations } from "next-intl/server";
import type { ReactNode } from "react";
import { serverCaller } from "../../server/trpc/caller.ts";
import { PageTitle } from "../components/page-title.tsx";
import { CardTitle } from "../components/ui/card.tsx";

/** What prisma/schema and the browser's storage really hold: whoever changes those changes these texts. */
const SECTIONS = ["visit", "start", "results", "account", "cookies", "reports", "projects", "rights"] as const;

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("privacy"))("title") };
}

export default async function PrivacyPage() {
  const [t, operator] = await Promise.all([getTranslations("privacy"), serverCaller().site.operator()]);
  const link = (words: ReactNode) => (
    <Link href="/imprint" className="text-accent underline">
      {words}
    </Link>
  );
  return (
    <>
      <PageTitle title={t("title")} lead={t("lead")} />
      <div className="max-w-prose space-y-8 text-pretty">
        {SECTIONS.map((section) => (
          <section key={section}>
            <CardTitle>{t(`${section}.title`)}</CardTitle>
            <div className="mt-2 space-y-3">
              {t(`${section}.text`)
                .split("\n\n")
                .map((paragraph) => (
                  <p key={paragraph}>{paragraph}</p>
                ))}
            </div>
          </section>
        ))}
        <p className="border-t pt-6">
          {operator.name === null
            ? t.rich("responsibleMissing", { link })
            : t.rich("responsible", { name: operator.name, link })}
        </p>
      </div>
    </>
  );
}
