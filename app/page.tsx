import { getTranslations } from "next-intl/server";
import { serverCaller } from "../server/trpc/caller.ts";
import { SiteNumbers } from "./components/site-numbers.tsx";
import { LiveWork } from "./components/volunteer/live-work.tsx";
import { StartPanel } from "./components/volunteer/start-panel.tsx";
import { Messages } from "./i18n/messages.tsx";

export default async function HomePage() {
  const [t, projects] = await Promise.all([getTranslations("home"), serverCaller().project.list()]);
  return (
    <Messages parts={["volunteer", "projects"]}>
      <div className="space-y-10">
        <div className="grid items-start gap-8 lg:grid-cols-[1fr_1.1fr]">
          <div className="lg:sticky lg:top-24">
            <h1 className="text-4xl font-semibold tracking-tight text-balance sm:text-5xl">{t("title")}</h1>
            <p className="mt-4 max-w-prose text-lg text-muted text-pretty">{t("lead")}</p>
            <ol className="mt-6 space-y-3">
              {(["one", "two", "three"] as const).map((step, index) => (
                <li key={step} className="flex gap-3">
                  <span
                    aria-hidden="true"
                    className="grid size-7 shrink-0 place-items-center rounded-full bg-accent-soft text-sm font-semibold text-accent"
                  >
                    {index + 1}
                  </span>
                  <span className="pt-0.5">{t(`steps.${step}`)}</span>
                </li>
              ))}
            </ol>
          </div>
          <StartPanel projects={projects} />
        </div>
        <LiveWork />
        <SiteNumbers initial={projects} />
      </div>
    </Messages>
  );
}
