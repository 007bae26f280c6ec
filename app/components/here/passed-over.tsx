"use client";

import { useTranslations } from "next-intl";
import type { PassedOver } from "../../../worker/page/compute-here.ts";
import { OwnWords } from "./failure-text.tsx";

/** Why it was not the graphics card that computed. */
export function PassedOverText({ passedOver: { why, reason } }: { passedOver: PassedOver }) {
  const t = useTranslations("here.passedOver");
  return (
    <span className="block text-sm text-muted">{t.rich(why, { reason: () => <OwnWords>{reason}</OwnWords> })}</span>
  );
}
