"use client";

import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { amountsOf } from "../../../worker/page/amounts.ts";
import type { VolunteerSettings } from "../../../worker/page/volunteer-state.ts";
import { DEFAULT_SETTINGS } from "../../../worker/supervisor/core/initial.ts";
import { CardTitle } from "../ui/card.tsx";
import { timeOfDay } from "./settings/time-of-day.ts";
import type { OfferedProject } from "./start-panel.tsx";
import { useVolunteerState } from "./volunteer-provider.tsx";

/** Only the room of the sentence depends on it, until the device is known. */
const COMMON_CORES = 8;

/**
 * What a volunteer agrees to by pressing Start, in the numbers of the settings as they stand. Whoever changes what is
 * promised here raises CONSENT_VERSION (worker/page/volunteer-state.ts).
 */
export function ConsentText({ projects }: { projects: readonly OfferedProject[] }) {
  const t = useTranslations("volunteer.start");
  const state = useVolunteerState();
  const format = useFormatter();
  const settings = state?.settings ?? DEFAULT_SETTINGS;
  const organisations = [...new Set(projects.map(({ organisation }) => organisation))].filter((name) => name !== "");
  return (
    <>
      <CardTitle>{t("title")}</CardTitle>
      <ul className="mt-3 space-y-2">
        {projects.map((project) => (
          <li key={project.slug}>
            <Link
              href={`/projects/${project.slug}`}
              className="font-medium underline decoration-line hover:text-accent"
            >
              {project.name}
            </Link>{" "}
            <span className="text-muted">
              — {project.summary}
              {isLeftOut(settings, project.slug) ? ` ${t("leftOut")}` : ""}
            </span>
          </li>
        ))}
      </ul>
      <dl className="mt-4 grid gap-x-6 gap-y-3 text-sm sm:grid-cols-2">
        <Term term={t("asks.title")}>
          {organisations.length === 0
            ? t("asks.nobody")
            : t("asks.text", { organisations: format.list(organisations) })}
        </Term>
        <Term term={t("runs.title")}>{t("runs.text")}</Term>
        <Term term={t("amount.title")} isKnown={state !== null}>
          <Amount settings={settings} cores={state?.device.cores ?? COMMON_CORES} />
        </Term>
        <Term term={t("hidden.title")} isKnown={state !== null}>
          <WhenText settings={settings} />
        </Term>
        <Term term={t("data.title")} isKnown={state !== null}>
          <DataText settings={settings} />
        </Term>
        <Term term={t("stops.title")}>{t("stops.text")}</Term>
      </dl>
    </>
  );
}

type TermProps = { term: string; isKnown?: boolean; children: ReactNode };

/** What is not known before this browser's settings are read has its room already, so that nothing jumps. */
function Term({ term, isKnown = true, children }: TermProps) {
  return (
    <div>
      <dt className="font-medium">{term}</dt>
      <dd className={isKnown ? "text-muted" : "invisible"}>{children}</dd>
    </div>
  );
}

function isLeftOut({ shares }: VolunteerSettings, slug: string): boolean {
  return shares !== null && (shares[slug] ?? 0) === 0;
}

/** The device's share in numbers. */
export function Amount({ settings, cores }: { settings: VolunteerSettings; cores: number }) {
  const t = useTranslations("volunteer.start.amount");
  const { cpuWorkers, cpuShare, gpuShare } = amountsOf(settings, cores);
  const percent = (share: number) => Math.round(share * 100);
  return (
    <span data-testid="amount">
      {cpuWorkers === 0 ? t("noCpu") : t("cpu", { workers: cpuWorkers, cores, percent: percent(cpuShare) })}{" "}
      {gpuShare === 0 ? t("noGpu") : t("gpu", { percent: percent(gpuShare) })} {t("yields")}
    </span>
  );
}

function WhenText({ settings }: { settings: VolunteerSettings }) {
  const t = useTranslations("volunteer.start.hidden");
  const { quietHours, minimumCharge } = settings;
  return (
    <>
      {t(settings.whenHidden)} {t(settings.onBattery === "pause" ? "batteryPause" : "batteryContinue")}{" "}
      {minimumCharge > 0 ? t("charge", { percent: Math.round(minimumCharge * 100) }) : ""}{" "}
      {quietHours ? t("quiet", { from: timeOfDay(quietHours.fromMinute), to: timeOfDay(quietHours.toMinute) }) : ""}
    </>
  );
}

function DataText({ settings }: { settings: VolunteerSettings }) {
  const t = useTranslations("volunteer.start.data");
  const limit = settings.downloadMegabytesPerDay;
  return (
    <>
      {limit === null ? t("downloadFree") : t("downloadLimit", { megabytes: limit })}{" "}
      {t("storage", { megabytes: settings.storageMegabytes })}
    </>
  );
}
