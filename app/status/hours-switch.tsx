"use client";

import { useTranslations } from "next-intl";
import { cn } from "../lib/cn.ts";

export type Hours = 1 | 6 | 24;
const CHOICES: readonly Hours[] = [1, 6, 24];

/** How far back the charts go: radio buttons, so that arrow keys move between them. */
export function HoursSwitch({ value, onChange }: { value: Hours; onChange: (hours: Hours) => void }) {
  const t = useTranslations("status");
  return (
    <fieldset className="flex gap-1 rounded-lg bg-sunken p-1">
      <legend className="sr-only">{t("span")}</legend>
      {CHOICES.map((hours) => (
        <label
          key={hours}
          className={cn(
            "flex min-h-9 cursor-pointer items-center rounded-md px-3 text-sm has-focus-visible:outline-2 has-focus-visible:outline-accent",
            hours === value ? "bg-surface font-medium shadow-xs" : "text-muted hover:text-ink",
          )}
        >
          <input
            type="radio"
            name="hours"
            className="sr-only"
            checked={hours === value}
            onChange={() => onChange(hours)}
          />
          {t("hours", { hours })}
        </label>
      ))}
    </fieldset>
  );
}
