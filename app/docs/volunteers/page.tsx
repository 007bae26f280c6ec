import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { DocPage, DocSection } from "../doc-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("docs"))("volunteers.title") };
}

const SECTIONS = ["box", "consent", "known", "data", "ask"] as const;

export default async function VolunteersPage() {
  const t = await getTranslations("docs");
  return (
    <DocPage here="volunteers">
      {SECTIONS.map((section) => (
        <DocSection key={section} title={t(`volunteers.${section}.title`)} text={t(`volunteers.${section}.text`)} />
      ))}
    </DocPage>
  );
}
