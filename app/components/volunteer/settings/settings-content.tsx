"use client";

import type { Volunteer } from "../../../../worker/page/volunteer-state.ts";
import type { OfferedProject } from "../start-panel.tsx";
import { AmountSettings } from "./amount-settings.tsx";
import { DataSettings } from "./data-settings.tsx";
import { OwnData } from "./own-data.tsx";
import { ProjectSettings } from "./project-settings.tsx";
import type { SettingsProps } from "./settings-panel.tsx";
import { WhenSettings } from "./when-settings.tsx";

type ContentProps = SettingsProps & { volunteer: Volunteer; projects: readonly OfferedProject[] };

/** All settings; fetched when they are first opened, so that looking at the start page does not wait for them. */
export default function SettingsContent({ state, change, volunteer, projects }: ContentProps) {
  return (
    <div className="mt-2 space-y-5">
      <AmountSettings state={state} change={change} />
      <WhenSettings state={state} change={change} />
      <DataSettings state={state} change={change} />
      <ProjectSettings state={state} change={change} projects={projects} />
      <OwnData state={state} change={change} volunteer={volunteer} />
    </div>
  );
}
