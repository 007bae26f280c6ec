import type { Metadata } from "next";
import { headers } from "next/headers";
import { getTranslations } from "next-intl/server";
import { Code, DocPage, DocSection } from "../doc-page.tsx";
import { httpCommands, KERNEL_COMMANDS, publishCommands, SUBMIT_COMMANDS, WATCH_COMMANDS } from "./commands.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("docs"))("quickstart.title") };
}

const STEPS = ["kernel", "project", "publish", "submit", "watch", "more"] as const;

export default async function QuickstartPage() {
  const [t, site] = await Promise.all([getTranslations("docs"), addressOfSite()]);
  const commands: Partial<Record<(typeof STEPS)[number], readonly string[]>> = {
    kernel: KERNEL_COMMANDS,
    publish: publishCommands(site),
    submit: SUBMIT_COMMANDS,
    watch: WATCH_COMMANDS,
    more: httpCommands(site),
  };
  return (
    <DocPage here="quickstart">
      {STEPS.map((step) => (
        <DocSection key={step} title={t(`quickstart.${step}.title`)} text={t(`quickstart.${step}.text`)}>
          {commands[step] === undefined ? null : (
            <Code
              label={`${t("quickstart.commands")}: ${t(`quickstart.${step}.title`)}`}
              text={commands[step].join("\n")}
            />
          )}
        </DocSection>
      ))}
    </DocPage>
  );
}
/** As the reader's browser names it. */
async function addressOfSite(): Promise<string> {
  const sent = await headers();
  const host = sent.get("host") ?? "localhost:3000";
  const isLocal = /^(localhost|127\.|\[::1\])/.test(host);
  return `${sent.get("x-forwarded-proto") ?? (isLocal ? "http" : "https")}://${host}`;
}
