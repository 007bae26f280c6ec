"use client";

import { useTranslations } from "next-intl";
import type { Reason } from "../../../worker/page/volunteer-state.ts";
import { useServerSentence } from "../../lib/refusal-text.ts";

/** Why the client waits, pauses or goes slower, as a sentence. */
export function ReasonText({ reason }: { reason: Reason }) {
  const t = useTranslations("volunteer.reason");
  const translated = useServerSentence();
  const { values } = reason;
  const message = values?.["message"];
  return <>{t(reason.key, typeof message === "string" ? { ...values, message: translated(message) } : values)}</>;
}
