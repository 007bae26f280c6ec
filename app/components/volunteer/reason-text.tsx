"use client";

import { useTranslations } from "next-intl";
import type { Reason } from "../../../worker/page/volunteer-state.ts";

/** Why the client waits, pauses or goes slower, as a sentence. */
export function ReasonText({ reason }: { reason: Reason }) {
  const t = useTranslations("volunteer.reason");
  return <>{t(reason.key, reason.values)}</>;
}
