"use client";

import { useFormatter } from "next-intl";
import { largestUnit } from "../lib/units.ts";

/** Seconds as "3 minutes", in the reader's language. */
export function useDuration(): (seconds: number) => string {
  const format = useFormatter();
  return (seconds) => {
    const { unit, value } = largestUnit(Math.abs(seconds));
    return format.number(value, { style: "unit", unit, unitDisplay: "long" });
  };
}
