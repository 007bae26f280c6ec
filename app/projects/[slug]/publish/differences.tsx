"use client";

import { useTranslations } from "next-intl";
import type { Difference, ProofRunReport } from "../../../../worker/compute/prove/proof-report.ts";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { HexExcerpt } from "./hex-excerpt.tsx";

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
      <p>
        {t("counts", {
          bytes: difference.differingBytes,
          bits: difference.differingBits,
          of: Math.max(expected, found),
          first: difference.firstByte,
        })}
      </p>
      {expected === found ? null : <p>{t("lengths", { expected, found })}</p>}
      <HexExcerpt difference={difference} />
      <ul className="space-y-1">
        {difference.fields.slice(0, 6).map((field) => (
          <li key={field.name} className="wrap-anywhere">
            <span className="font-mono">{field.name}</span>:{" "}
            {t("field", {
              record: field.firstRecord,
              expected: String(field.first[0]),
              found: String(field.first[1]),
              count: field.differing,
            })}
            {field.maxRelative === null ? "" : `, ${t("relative", { most: field.maxRelative.toExponential(1) })}`}
            {field.maxUlp === null ? "" : `, ${t("ulp", { most: field.maxUlp })}`}
          </li>
        ))}
      </ul>
    </div>
  );
}
