import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Code, DocPage, DocSection } from "../doc-page.tsx";
import { addressOfSite } from "../site-address.ts";
import { quickstartBlocks, STEP_NAMES } from "./steps.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("docs"))("quickstart.title") };
}

export default async function QuickstartPage() {
  const [t, site] = await Promise.all([getTranslations("docs"), addressOfSite()]);
  const blocks = quickstartBlocks(site);
  return (
    <DocPage here="quickstart">
      {STEP_NAMES.map((step) => {
        const title = t(`quickstart.${step}.title`);
        return (
          <DocSection key={step} title={title} text={t(`quickstart.${step}.text`)}>
            {blocks[step].map((block) => {
              const caption = "file" in block ? t("quickstart.file", { file: block.file }) : t("quickstart.terminal");
              return <Code key={block.text} label={`${title}: ${caption}`} caption={caption} text={block.text} />;
            })}
          </DocSection>
        );
      })}
    </DocPage>
  );
}
