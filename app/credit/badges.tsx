"use client";

import { useFormatter, useTranslations } from "next-intl";
import type { Badge } from "../../server/core/credit/badges.ts";
import { Progress } from "../components/ui/progress.tsx";
import { BadgePicture } from "./badge-picture.tsx";

/** Badges with what they are for; `toCome`: also the way to the next ones, which is nobody else's business. */
export function Badges({ badges, toCome = false }: { badges: readonly Badge[]; toCome?: boolean }) {
  const t = useTranslations("badges");
  const format = useFormatter();
  const shown = toCome ? badges : badges.filter((badge) => badge.level > 0);
  if (shown.length === 0) return <p className="text-muted">{t("none")}</p>;
  return (
    <ul className="grid gap-4 sm:grid-cols-3" data-testid="badges">
      {shown.map((badge) => (
        <li key={badge.family} className="flex items-center gap-3" data-badge={badge.family} data-level={badge.level}>
          <BadgePicture badge={badge} className="size-14 shrink-0" />
          <div className="min-w-0 flex-1">
            <p className="font-medium">
              {badge.level === 0 ? t(`first.${badge.family}`) : t(`reached.${badge.family}`, { count: badge.reached })}
            </p>
            {toCome && badge.next !== null ? (
              <>
                <p className="text-sm text-muted">
                  {t("next", {
                    value: format.number(Math.floor(badge.value * 100) / 100),
                    next: format.number(badge.next),
                  })}
                </p>
                <Progress className="mt-1.5" value={badge.progress} label={t("way")} />
              </>
            ) : null}
          </div>
        </li>
      ))}
    </ul>
  );
}
