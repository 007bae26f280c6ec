"use client";

import { useTranslations } from "next-intl";
import type { Reason } from "../../server/core/wire/reason.ts";
import { useReasonParts } from "../lib/reason-text.ts";
import { OwnWords } from "./here/failure-text.tsx";

/** Why two answers agree or differ, in the language of the page; what an engine said of it is English and marked as such. */
export function Why({ why }: { why: Reason }) {
  const t = useTranslations("reason");
  const { key, values, said } = useReasonParts()(why);
  return t.rich(key, { ...values, said: () => <OwnWords key="said">{said}</OwnWords> });
}

/** As it is kept: what was decided before reasons had codes has but its English sentence. */
export function KeptWhy({ why, reason }: { why: Reason | null; reason: string | null }) {
  if (why !== null) return <Why why={why} />;
  return reason === null || reason === "" ? "–" : <OwnWords>{reason}</OwnWords>;
}
