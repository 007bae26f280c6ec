"use client";

import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { groupReturned } from "../../../worker/page/group-returned.ts";
import type { FateView } from "../../../worker/page/volunteer-state.ts";
import { cobblestones } from "../../lib/units.ts";
import { FateBadge } from "./fate-badge.tsx";

/** What became of the last results of this browser, newest first. */
export function FateList({ fates }: { fates: readonly FateView[] }) {
  const t = useTranslations("volunteer.fates");
  if (fates.length === 0) return <p className="text-muted">{t("none")}</p>;
  return (
    <ul className="divide-y" data-testid="fates">
      {groupReturned(fates)
        .slice(0, 8)
        .map((line) =>
          line.kind === "one" ? (
            <OneFate key={line.item.resultId} fate={line.item} />
          ) : (
            <li
              key={line.items[0].resultId}
              data-fate="returned"
              data-count={line.items.length}
              className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-2.5"
            >
              <p className="min-w-0 flex-1 basis-48 text-muted">{t("several", { count: line.items.length })}</p>
              <FateBadge fate="returned" />
            </li>
          ),
        )}
    </ul>
  );
}

function OneFate({ fate }: { fate: FateView }) {
  const t = useTranslations("volunteer.fates");
  const format = useFormatter();
  return (
    <li
      data-result={fate.resultId}
      data-fate={fate.fate}
      className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-2.5"
    >
      <div className="min-w-0 flex-1 basis-48">
        <Link href={`/workunits/${fate.workunitId}`} className="block truncate font-medium hover:underline">
          {fate.workunitName || t("unnamed", { id: fate.workunitId })}
        </Link>
        <p className="truncate text-sm text-muted">{fate.projectName}</p>
      </div>
      <div className="flex items-center gap-3">
        {fate.fate === "confirmed" ? (
          <span className="text-sm font-medium text-good tabular-nums">
            {t("credit", { credit: format.number(cobblestones(fate.creditMicro), { maximumFractionDigits: 2 }) })}
          </span>
        ) : null}
        <FateBadge fate={fate.fate} />
      </div>
    </li>
  );
}
