"use client";

import { useTranslations } from "next-intl";
import type { Difference } from "../../../worker/compute/prove/proof-report.ts";
import { HexExcerpt } from "../../projects/[slug]/publish/hex-excerpt.tsx";

const FIELDS = 4;

/** Where two outputs differ first: by their fields, where the program names them, and byte by byte. */
export function FirstDifference({ difference }: { difference: Difference }) {
  const t = useTranslations("publish.differences");
  const [expected, found] = difference.bytes;
  return (
    <div className="space-y-3 text-sm">
      <p>
        {t("counts", {
          bytes: difference.differingBytes,
          bits: difference.differingBits,
          of: Math.max(expected, found),
          first: difference.firstByte,
        })}
      </p>
      <ul className="space-y-1">
        {difference.fields.slice(0, FIELDS).map((field) => (
          <li key={field.name} className="wrap-anywhere">
            <span className="font-mono">{field.name}</span>:{" "}
            {t("field", {
              record: field.firstRecord,
              expected: String(field.first[0]),
              found: String(field.first[1]),
              count: field.differing,
            })}
          </li>
        ))}
      </ul>
      <HexExcerpt difference={difference} />
    </div>
  );
}
