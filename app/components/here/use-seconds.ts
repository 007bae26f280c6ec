"use client";

import { useFormatter, useTranslations } from "next-intl";

/** A time of computing, which may be far below a second: "0.23 s". */
export function useSeconds(): (milliseconds: number) => string {
  const t = useTranslations("here");
  const format = useFormatter();
  return (milliseconds) =>
    milliseconds < 1
      ? t("short")
      : t("seconds", { seconds: format.number(milliseconds / 1000, { maximumSignificantDigits: 2 }) });
}
