"use client";

import { useTranslations } from "next-intl";
import type { Difference } from "../../../worker/compute/prove/proof-report.ts";

/** How much of two outputs differs, and where that begins. */
export function DifferenceCounts({ difference }: { difference: Difference }) {
  const t = useTranslations("publish.differences");
  return (
    <p>
      {t("counts", {
        bytes: difference.differingBytes,
        bits: difference.differingBits,
        of: Math.max(...difference.bytes),
        first: difference.firstByte,
      })}
    </p>
  );
}

type FieldsProps = { difference: Difference; most: number; withSpread?: boolean };

/** The fields that differ, where the program names them: `most` of them at the most; if wanted, by how much they do. */
export function DifferenceFields({ difference, most, withSpread = false }: FieldsProps) {
  const t = useTranslations("publish.differences");
  return (
    <ul className="space-y-1">
      {difference.fields.slice(0, most).map(({ name, firstRecord, first, differing, maxRelative, maxUlp }) => (
        <li key={name} className="wrap-anywhere">
          <span className="font-mono">{name}</span>:{" "}
          {t("field", {
            record: firstRecord,
            expected: String(first[0]),
            found: String(first[1]),
            count: differing,
          })}
          {withSpread && maxRelative !== null ? `, ${t("relative", { most: maxRelative.toExponential(1) })}` : ""}
          {withSpread && maxUlp !== null ? `, ${t("ulp", { most: maxUlp })}` : ""}
        </li>
      ))}
    </ul>
  );
}
