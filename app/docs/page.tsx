import type { Metadata } from "next";
import Link from "next/link";
import { getTranslations } from "next-intl/server";
import { PageTitle } from "../components/page-title.tsx";
import { Button } from "../components/ui/button.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { DOC_PAGES } from "./doc-pages.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("docs"))("title") };
}

export default async function DocsPage() {
  const t = await getTranslations("docs");
  return (
    <>
      <PageTitle title={t("title")} lead={t("lead")}>
        <div className="flex flex-wrap gap-3">
          <Button asChild variant="outline">
            <a href="/download/quorate.tgz" download>
              {t("terminal")}
            </a>
          </Button>
          <Button asChild>
            <Link href="/projects/new">{t("start")}</Link>
          </Button>
        </div>
      </PageTitle>
      <ul className="grid gap-4 md:grid-cols-2">
        {DOC_PAGES.map((page) => (
          <li key={page}>
            <Card className="h-full">
              <CardTitle>
                <Link href={`/docs/${page}`} className="hover:underline">
                  {t(`${page}.title`)}
                </Link>
              </CardTitle>
              <p className="mt-2 text-pretty">{t(`${page}.lead`)}</p>
            </Card>
          </li>
        ))}
      </ul>
    </>
  );
}
