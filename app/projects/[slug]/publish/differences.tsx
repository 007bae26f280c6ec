"use client";

import { useTranslations } from "next-intl";
import type { Difference, ProofRunReport } from "../../../../worker/compute/prove/proof-report.ts";
import { DifferenceCounts, DifferenceFields } from "../../../components/difference/difference-parts.tsx";
import { HexExcerpt } from "../../../components/difference/hex-excerpt.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";

const FIELDS = 6;

/** Every run whose bytes were not those expected, also where the kernel itself says that they agree. */
export function Differences({ runs }: { runs: readonly ProofRunReport[] }) {
  const t = useTranslations("publish.differences");
  const found = runs.flatMap((run) => {
    const known = run.fromKnown === null ? [] : [{ run, against: "known" as const, difference: run.fromKnown }];
    const measured =
      run.fromMeasured === null ? [] : [{ run, against: "measured" as const, difference: run.fromMeasured }];
    return [...known, ...measured];
  });
  return (
    <Card>
      <CardTitle>{t("title")}</CardTitle>
      {found.length === 0 ? <p className="mt-1 text-muted">{t("none")}</p> : null}
      <div className="mt-3 space-y-3">
        {found.map(({ run, against, difference }) => (
          <details
            key={`${run.example} ${run.backend} ${run.way.type} ${against}`}
            open={!run.agrees}
            className="rounded-xl border p-4"
          >
            <summary className="cursor-pointer font-medium">
              {t(`heading.${against}`, {
                example: run.example,
                backend: t(`backend.${run.backend}`),
                way: t(`way.${run.way.type}`),
              })}
            </summary>
            <OneDifference difference={difference} />
          </details>
        ))}
      </div>
    </Card>
  );
}

function OneDifference({ difference }: { difference: Difference }) {
  const t = useTranslations("publish.differences");
  const [expected, found] = difference.bytes;
  return (
    <div className="mt-3 space-y-3 text-sm">
      <DifferenceCounts difference={difference} />
      {expected === found ? null : <p>{t("lengths", { expected, found })}</p>}
      <HexExcerpt difference={difference} />
      <DifferenceFields difference={difference} most={FIELDS} withSpread />
    </div>
  );
}
