"use client";

import { useTranslations } from "next-intl";
import { useId } from "react";
import { Slider } from "../../ui/slider.tsx";
import type { OfferedProject } from "../start-panel.tsx";
import { SettingGroup } from "./setting.tsx";
import type { SettingsProps } from "./settings-panel.tsx";

/** Whom it computes for: whatever is needed most, or these projects with these shares. */
export function ProjectSettings({ state, change, projects }: SettingsProps & { projects: readonly OfferedProject[] }) {
  const t = useTranslations("volunteer.settings");
  const name = useId();
  const { shares } = state.settings;
  const sum = Object.values(shares ?? {}).reduce((total, share) => total + share, 0);
  const equal = () => Object.fromEntries(projects.map(({ slug }) => [slug, 1]));
  return (
    <SettingGroup title={t("projects")}>
      {([false, true] as const).map((own) => (
        <label key={String(own)} className="flex cursor-pointer items-center gap-3">
          <input
            type="radio"
            name={name}
            className="size-5 accent-accent"
            checked={(shares !== null) === own}
            onChange={() => change({ shares: own ? equal() : null })}
          />
          {t(own ? "projectsOwn" : "projectsNeeded")}
        </label>
      ))}
      {shares === null
        ? null
        : projects.map(({ slug, name: title }) => {
            const share = shares[slug] ?? 0;
            return (
              <div key={slug}>
                <p className="text-sm">{title}</p>
                <Slider
                  label={t("shareOf", { name: title })}
                  value={share}
                  min={0}
                  max={10}
                  step={1}
                  words={(value) => {
                    const all = sum - share + value;
                    return value === 0 ? t("nothing") : t("percent", { percent: Math.round((value / all) * 100) });
                  }}
                  // With no project left there would be nothing to do: then it is whatever is needed most.
                  onChange={(value) =>
                    change({ shares: sum - share + value === 0 ? null : { ...shares, [slug]: value } })
                  }
                />
              </div>
            );
          })}
    </SettingGroup>
  );
}
