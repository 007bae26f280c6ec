"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { Progress } from "../../../components/ui/progress.tsx";
import type { ProjectSettings } from "../../../lib/trpc.tsx";

const GIB = 1024 ** 3;

/** How much of its room the project has used. */
export function Storage({ settings }: { settings: ProjectSettings }) {
  const { storedBytes, storageQuotaBytes, confirmed } = settings;
  const t = useTranslations("projectSettings.storage");
  const format = useFormatter();
  const inGib = (bytes: number) => format.number(bytes / GIB, { maximumFractionDigits: bytes < GIB ? 3 : 1 });
  return (
    <Card id="storage">
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 mb-3 max-w-prose text-muted">
        {t("text", { stored: inGib(storedBytes), quota: inGib(storageQuotaBytes) })}
      </p>
      <Progress value={storageQuotaBytes === 0 ? 1 : Math.min(1, storedBytes / storageQuotaBytes)} label={t("title")} />
      <p className="mt-3 max-w-prose text-sm text-muted">{t("hint")}</p>
      <p className="mt-2 max-w-prose text-sm text-muted">
        {t(confirmed.isExact ? "outputs" : "outputsAbout", {
          count: confirmed.outputs,
          stored: inGib(confirmed.bytes),
        })}
      </p>
    </Card>
  );
}
