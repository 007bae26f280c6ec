"use client";

import { ChevronDown } from "lucide-react";
import { useTranslations } from "next-intl";
import { Collapsible } from "radix-ui";
import type { VolunteerSettings, VolunteerState } from "../../../../worker/page/volunteer-state.ts";
import type { OfferedProject } from "../start-panel.tsx";
import { useVolunteer, useVolunteerState } from "../volunteer-provider.tsx";
import { AmountSettings } from "./amount-settings.tsx";
import { DataSettings } from "./data-settings.tsx";
import { OwnData } from "./own-data.tsx";
import { ProjectSettings } from "./project-settings.tsx";
import { WhenSettings } from "./when-settings.tsx";

export type SettingsProps = { state: VolunteerState; change(part: Partial<VolunteerSettings>): void };

/** Everything beyond the presets, folded away. Each change takes effect at once. */
export function SettingsPanel({ projects }: { projects: readonly OfferedProject[] }) {
  const t = useTranslations("volunteer.settings");
  const volunteer = useVolunteer();
  const state = useVolunteerState();
  if (volunteer === null || state === null) return null;
  const change = (part: Partial<VolunteerSettings>) => volunteer.changeSettings(part);
  return (
    <Collapsible.Root
      className="mt-5"
      onOpenChange={(open) => {
        if (open) volunteer.lookAtStorage();
      }}
    >
      <Collapsible.Trigger
        className="group flex h-11 items-center gap-2 font-medium text-accent"
        data-testid="settings"
      >
        <ChevronDown aria-hidden="true" className="size-5 transition-transform group-data-[state=open]:rotate-180" />
        {t("title")}
      </Collapsible.Trigger>
      <Collapsible.Content className="mt-2 space-y-5">
        <AmountSettings state={state} change={change} />
        <WhenSettings state={state} change={change} />
        <DataSettings state={state} change={change} />
        <ProjectSettings state={state} change={change} projects={projects} />
        <OwnData state={state} change={change} volunteer={volunteer} />
      </Collapsible.Content>
    </Collapsible.Root>
  );
}
