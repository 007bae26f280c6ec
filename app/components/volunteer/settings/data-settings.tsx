"use client";

import { useFormatter, useTranslations } from "next-intl";
import { NumberSetting, SettingGroup, SwitchSetting } from "./setting.tsx";
import type { SettingsProps } from "./settings-panel.tsx";

/** A first limit, to be changed: some hundred pieces of the example projects. */
const FIRST_LIMIT_MEGABYTES = 200;

/** What it downloads and keeps. */
export function DataSettings({ state, change }: SettingsProps) {
  const t = useTranslations("volunteer.settings");
  const format = useFormatter();
  const { settings, storage, network } = state;
  const megabytes = (bytes: number) => format.number(bytes / 1e6, { maximumFractionDigits: bytes < 10e6 ? 2 : 0 });
  const limit = settings.downloadMegabytesPerDay;
  return (
    <SettingGroup title={t("data")}>
      <div>
        <SwitchSetting
          label={t("limitDownload")}
          hint={t("limitDownloadHint")}
          checked={limit !== null}
          onChange={(on) => change({ downloadMegabytesPerDay: on ? FIRST_LIMIT_MEGABYTES : null })}
        >
          {limit === null ? null : (
            <NumberSetting
              label={t("atMost")}
              unit={t("megabytesPerDay")}
              value={limit}
              min={1}
              max={1_000_000}
              onChange={(downloadMegabytesPerDay) => change({ downloadMegabytesPerDay })}
            />
          )}
        </SwitchSetting>
        <p className="mt-1 text-sm text-muted" data-testid="downloaded-today">
          {t("downloadedToday", {
            down: megabytes(network.downloadedBytesToday),
            up: megabytes(network.uploadedBytesToday),
          })}
        </p>
      </div>
      <div>
        <NumberSetting
          label={t("storage")}
          unit={t("megabytes")}
          value={settings.storageMegabytes}
          min={10}
          max={100_000}
          onChange={(storageMegabytes) => change({ storageMegabytes })}
        />
        <p className="mt-1 text-sm text-muted" data-testid="storage-used">
          {t("storageHint", { used: megabytes(storage.usedBytes) })}
        </p>
      </div>
    </SettingGroup>
  );
}
