"use client";

import { Play, Square } from "lucide-react";
import { useTranslations } from "next-intl";
import { useId } from "react";
import { CONSENT_VERSION, type Preset } from "../../../worker/page/volunteer-state.ts";
import { cn } from "../../lib/cn.ts";
import { Button } from "../ui/button.tsx";
import { Card, CardTitle } from "../ui/card.tsx";
import { Amount, ConsentText } from "./consent-text.tsx";
import { ReasonText } from "./reason-text.tsx";
import { SettingsPanel } from "./settings/settings-panel.tsx";
import { useVolunteer, useVolunteerState } from "./volunteer-provider.tsx";

const PRESETS: readonly Exclude<Preset, "custom">[] = ["gentle", "balanced", "all"];

export interface OfferedProject {
  slug: string;
  name: string;
  summary: string;
  organisation: string;
}

/** Consent on one screen: what runs, for whom, how much, when it stops; then Start, or Stop. */
export function StartPanel({ projects }: { projects: readonly OfferedProject[] }) {
  const t = useTranslations("volunteer.start");
  const volunteer = useVolunteer();
  const state = useVolunteerState();
  const running = state !== null && state.phase !== "off" && state.phase !== "failed";
  return (
    <Card className="border-accent/40 shadow-md" aria-label={t("label")}>
      {running ? <RunningHead /> : <ConsentText projects={projects} />}
      <PresetChoice />
      <div className="mt-5 flex flex-wrap items-center gap-4">
        {running ? (
          <Button size="lg" variant="danger" onClick={() => volunteer?.stop()} data-testid="stop">
            <Square aria-hidden="true" />
            {t("stop")}
          </Button>
        ) : (
          <Button
            size="lg"
            disabled={volunteer === null}
            onClick={() => volunteer?.start({ version: CONSENT_VERSION })}
            data-testid="start"
          >
            <Play aria-hidden="true" />
            {t("start")}
          </Button>
        )}
        <p className="max-w-xs text-sm text-muted">{running ? t("stopHint") : t("startHint")}</p>
      </div>
      {state?.phase === "failed" && state.reason ? (
        <p className="mt-4 rounded-lg bg-bad-soft p-3 text-bad" role="alert">
          <ReasonText reason={state.reason} />
        </p>
      ) : null}
      <SettingsPanel projects={projects} />
    </Card>
  );
}

function RunningHead() {
  const t = useTranslations("volunteer");
  const state = useVolunteerState();
  if (!state) return null;
  return (
    <div data-testid="phase" data-phase={state.phase}>
      {/* Only this is read aloud when it changes: seconds that count down would talk without end. */}
      <CardTitle aria-live="polite">{t(`headline.${state.phase}`)}</CardTitle>
      {state.reason ? (
        <p className="mt-1 text-muted">
          <ReasonText reason={state.reason} />
        </p>
      ) : null}
      {state.pace.slower ? (
        <p className="mt-1 text-sm text-wait">
          <ReasonText reason={state.pace.slower} />
        </p>
      ) : null}
      <p className="mt-1 text-sm text-muted">
        <Amount settings={state.settings} cores={state.device.cores} />
      </p>
      {!state.device.secureContext ? <p className="mt-2 text-sm text-wait">{t("insecure")}</p> : null}
      {state.phase === "outdated" ? (
        <Button className="mt-3" onClick={() => location.reload()}>
          {t("reload")}
        </Button>
      ) : null}
    </div>
  );
}

function PresetChoice() {
  const t = useTranslations("volunteer.preset");
  const volunteer = useVolunteer();
  const state = useVolunteerState();
  const name = useId();
  const chosen = state?.settings.preset ?? "balanced";
  const cores = state?.device.cores ?? 0;
  return (
    <fieldset className="mt-5">
      <legend className="text-sm font-medium">{t("title")}</legend>
      <div className="mt-2 grid gap-2 sm:grid-cols-3">
        {PRESETS.map((preset) => (
          <label
            key={preset}
            className={cn(
              "cursor-pointer rounded-xl border p-3 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-accent",
              chosen === preset ? "border-accent bg-accent-soft" : "hover:bg-sunken",
            )}
          >
            <input
              type="radio"
              className="sr-only"
              name={name}
              checked={chosen === preset}
              disabled={volunteer === null}
              onChange={() => volunteer?.changeSettings({ preset })}
            />
            <span className="font-medium">{t(`${preset}.name`)}</span>
            <span className="block text-sm text-muted">{t(`${preset}.text`, { cores })}</span>
          </label>
        ))}
      </div>
      {chosen === "custom" ? <p className="mt-2 text-sm text-muted">{t("custom")}</p> : null}
    </fieldset>
  );
}
