"use client";

import type { Difference } from "../../../worker/compute/prove/proof-report.ts";
import { DifferenceCounts, DifferenceFields } from "../../components/difference/difference-parts.tsx";
import { HexExcerpt } from "../../components/difference/hex-excerpt.tsx";

const FIELDS = 4;

/** Where two outputs differ first: by their fields, where the program names them, and byte by byte. */
export function FirstDifference({ difference }: { difference: Difference }) {
  return (
    <div className="space-y-3 text-sm">
      <DifferenceCounts difference={difference} />
      <DifferenceFields difference={difference} most={FIELDS} />
      <HexExcerpt difference={difference} />
    </div>
  );
}
