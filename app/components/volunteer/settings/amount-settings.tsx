"use client";

import { useTranslations } from "next-intl";
import { amountsOf, ownSettings } from "../../../../worker/page/amounts.ts";
import type { VolunteerSettings } from "../../../../worker/page/volunteer-state.ts";
import { Slider } from "../../ui/slider.tsx";
import { SettingGroup, SwitchSetting } from "./setting.tsx";
import type { SettingsProps } from "./settings-panel.tsx";

/** How much computes: processor cores, their share of the time, the graphics card. */
export function AmountSettings({ state, change }: SettingsProps) {
  const t = useTranslations("volunteer.settings");
  const { cores } = state.device;
  const { settings } = state;
  const amounts = amountsOf({ ...settings, useGpu: true }, cores);
  // The first touch turns a preset into settings of one's own, beginning where the preset was.
  const own = (part: Partial<VolunteerSettings>) => change({ ...ownSettings(settings, cores), ...part });
  const percent = (value: number) => t("percent", { percent: value });
  return (
    <SettingGroup title={t("amount")}>
      <div>
        <p>{t("cpuWorkers")}</p>
        <Slider
          label={t("cpuWorkers")}
          value={amounts.cpuWorkers}
          min={0}
          max={cores}
          step={1}
          words={(value) => t("coresOf", { value, cores })}
          onChange={(cpuWorkers) => own({ cpuWorkers })}
        />
      </div>
      <div>
        <p>{t("cpuShare")}</p>
        <Slider
          label={t("cpuShare")}
          value={Math.round(amounts.cpuShare * 100)}
          min={5}
          max={100}
          step={5}
          disabled={amounts.cpuWorkers === 0}
          words={percent}
          onChange={(value) => own({ cpuShare: value / 100 })}
        />
      </div>
      <SwitchSetting
        label={t("useGpu")}
        hint={t("useGpuHint")}
        checked={settings.useGpu}
        onChange={(useGpu) => change({ useGpu })}
      >
        <p className="text-sm text-muted">{t("gpuShare")}</p>
        <Slider
          label={t("gpuShare")}
          value={Math.round(amounts.gpuShare * 100)}
          min={5}
          max={100}
          step={5}
          words={percent}
          onChange={(value) => own({ gpuShare: value / 100 })}
        />
      </SwitchSetting>
    </SettingGroup>
  );
}
