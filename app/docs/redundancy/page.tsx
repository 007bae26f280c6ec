import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Messages } from "../../i18n/messages.tsx";
import { DocPage, DocSection } from "../doc-page.tsx";
import { Simulator } from "./simulator.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("docs"))("redundancy.title") };
}

export default async function RedundancyPage() {
  const t = await getTranslations("docs");
  return (
    <DocPage here="redundancy">
      <DocSection title={t("redundancy.question.title")} text={t("redundancy.question.text")} />
      <DocSection title={t("redundancy.try")}>
        <Messages parts={["docsSimulator"]}>
          <Simulator />
        </Messages>
      </DocSection>
      <DocSection title={t("redundancy.limits.title")} text={t("redundancy.limits.text")} />
    </DocPage>
  );
}
