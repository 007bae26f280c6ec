"use client";

import { ChevronDown } from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { useId, useState } from "react";
import type { VolunteerSettings, VolunteerState } from "../../../../worker/page/volunteer-state.ts";
import { Loading } from "../../ui/loading.tsx";
import type { OfferedProject } from "../start-panel.tsx";
import { useVolunteer, useVolunteerState } from "../volunteer-provider.tsx";

export type SettingsProps = { state: VolunteerState; change(part: Partial<VolunteerSettings>): void };

const SettingsContent = dynamic(() => import("./settings-content.tsx"), {
  ssr: false,
  loading: () => <Loading className="h-96" />,
});

/** Everything beyond the presets, folded away. Each change takes effect at once. */
export function SettingsPanel({ projects }: { projects: readonly OfferedProject[] }) {
  const t = useTranslations("volunteer.settings");
  const volunteer = useVolunteer();
  const state = useVolunteerState();
  const [open, setOpen] = useState(false);
  const id = useId();
  if (volunteer === null || state === null) return <div className="mt-5 h-11" />;
  return (
    <div className="mt-5">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => {
          if (!open) volunteer.lookAtStorage();
          setOpen(!open);
        }}
        className="group flex h-11 cursor-pointer items-center gap-2 font-medium text-accent"
        data-testid="settings"
      >
        <ChevronDown aria-hidden="true" className="size-5 transition-transform group-aria-expanded:rotate-180" />
        {t("title")}
      </button>
      <div id={id}>
        {open ? (
          <SettingsContent
            state={state}
            change={(part) => volunteer.changeSettings(part)}
            volunteer={volunteer}
            projects={projects}
          />
        ) : null}
      </div>
    </div>
  );
}
