"use client";

import { useTranslations } from "next-intl";
import { Slider } from "../../ui/slider.tsx";
import { SettingGroup, SwitchSetting, TimeSetting } from "./setting.tsx";
import type { SettingsProps } from "./settings-panel.tsx";

/** Where quiet hours begin when they are switched on: a night. */
const NIGHT = { fromMinute: 22 * 60, toMinute: 7 * 60 };

/** When it computes: hidden, on battery, by the clock. */
export function WhenSettings({ state, change }: SettingsProps) {
  const t = useTranslations("volunteer.settings");
  const { settings, device } = state;
  const { quietHours } = settings;
  const tellsBattery = "getBattery" in navigator;
  return (
    <SettingGroup title={t("when")}>
      <SwitchSetting
        label={t("whenHidden")}
        hint={t("whenHiddenHint")}
        checked={settings.whenHidden === "continue"}
        onChange={(on) => change({ whenHidden: on ? "continue" : "pause" })}
      >
        {device.keepsAwakeWhenHidden ? <p className="text-sm text-muted">{t("lockHeld")}</p> : null}
      </SwitchSetting>
      <SwitchSetting
        label={t("onBattery")}
        hint={tellsBattery ? t("onBatteryHint") : t("batteryUnknown")}
        checked={settings.onBattery === "continue"}
        onChange={(on) => change({ onBattery: on ? "continue" : "pause" })}
      />
      {tellsBattery ? (
        <div>
          <p>{t("minimumCharge")}</p>
          <Slider
            label={t("minimumCharge")}
            value={Math.round(settings.minimumCharge * 100)}
            min={0}
            max={95}
            step={5}
            words={(percent) => (percent === 0 ? t("never") : t("percent", { percent }))}
            onChange={(value) => change({ minimumCharge: value / 100 })}
          />
          {device.battery ? (
            <p className="text-sm text-muted">{t("chargeNow", { percent: Math.round(device.battery.level * 100) })}</p>
          ) : null}
        </div>
      ) : null}
      <SwitchSetting
        label={t("quietHours")}
        hint={t("quietHoursHint")}
        checked={quietHours !== null}
        onChange={(on) => change({ quietHours: on ? NIGHT : null })}
      >
        {quietHours ? (
          <div className="flex flex-wrap gap-x-5 gap-y-2">
            <TimeSetting
              label={t("from")}
              minute={quietHours.fromMinute}
              onChange={(fromMinute) => change({ quietHours: { ...quietHours, fromMinute } })}
            />
            <TimeSetting
              label={t("to")}
              minute={quietHours.toMinute}
              onChange={(toMinute) => change({ quietHours: { ...quietHours, toMinute } })}
            />
          </div>
        ) : null}
      </SwitchSetting>
    </SettingGroup>
  );
}
