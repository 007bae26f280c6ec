import { ArrowDown } from "lucide-react";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../server/trpc/caller.ts";
import { KeepCredit } from "./account/keep-credit.tsx";
import { CannotCompute } from "./components/home/cannot-compute.tsx";
import { HowItWorks } from "./components/home/how-it-works.tsx";
import { LiveNumbers } from "./components/home/live-numbers.tsx";
import { LiveWorkLater } from "./components/home/live-work-later.tsx";
import { Trust } from "./components/home/trust.tsx";
import { SiteNumbers } from "./components/site-numbers.tsx";
import { Button } from "./components/ui/button.tsx";
import { Empty } from "./components/ui/states.tsx";
import { StartPanel } from "./components/volunteer/start-panel.tsx";
import { Messages } from "./i18n/messages.tsx";

export default async function HomePage() {
  const [t, projects] = await Promise.all([getTranslations("home"), serverCaller().project.list()]);
  return (
    <Messages parts={["volunteer", "projects", "home.numbers", "refusal", "account.offer"]}>
      <div className="space-y-14 sm:space-y-20">
        <div className="space-y-8">
          <div className="grid grid-cols-1 gap-x-12 gap-y-8 lg:grid-cols-[1fr_1.1fr] lg:grid-rows-[auto_1fr]">
            <div>
              <h1 className="text-4xl font-semibold tracking-tight text-balance sm:text-5xl lg:text-6xl">
                {t("title")}
              </h1>
              <p className="mt-5 max-w-prose text-lg text-muted text-pretty">{t("lead")}</p>
              <LiveNumbers initial={projects} />
              <Button asChild size="lg" className="mt-6 w-full sm:w-auto lg:hidden">
                <a href="#start">
                  {t("toStart")}
                  <ArrowDown aria-hidden="true" />
                </a>
              </Button>
            </div>
            <div id="start" className="min-w-0 scroll-mt-20 space-y-4 lg:row-span-2">
              <CannotCompute />
              <StartPanel projects={projects} />
              <KeepCredit onlyWhileOn />
            </div>
            <div className="lg:pt-4">
              <HowItWorks />
            </div>
          </div>
          <LiveWorkLater />
        </div>
        <section aria-labelledby="projects">
          <h2 id="projects" className="text-2xl font-semibold tracking-tight sm:text-3xl">
            {t("projects.title")}
          </h2>
          <p className="mt-2 mb-6 max-w-prose text-muted text-pretty">{t("projects.lead")}</p>
          {projects.length === 0 ? <Empty title={t("noWork")} /> : <SiteNumbers initial={projects} />}
        </section>
        <Trust />
      </div>
    </Messages>
  );
}
