"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import type { Phase } from "../../../worker/page/volunteer-state.ts";
import { Badge, type BadgeTone } from "../ui/badge.tsx";
import { useVolunteerState } from "./volunteer-provider.tsx";

const TONES: Record<Phase, BadgeTone> = {
  off: "neutral",
  starting: "accent",
  computing: "good",
  waiting: "wait",
  paused: "wait",
  standby: "neutral",
  stopping: "wait",
  outdated: "bad",
  failed: "bad",
};

/** Always in sight, on every page: whether this browser computes now. */
export function VolunteerIndicator() {
  const t = useTranslations("volunteer");
  const phase = useVolunteerState()?.phase ?? "off";
  return (
    <Link href="/" className="block rounded-full" aria-label={t("indicator", { phase: t(`phase.${phase}`) })}>
      <Badge tone={TONES[phase]} className="max-w-full">
        <span
          aria-hidden="true"
          className={`size-2 shrink-0 rounded-full bg-current ${phase === "computing" ? "animate-pulse" : "opacity-60"}`}
        />
        <span className="truncate">{t(`phase.${phase}`)}</span>
      </Badge>
    </Link>
  );
}
