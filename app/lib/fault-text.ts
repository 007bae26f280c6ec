"use client";

import { useLocale, useTranslations } from "next-intl";
import type { Reason } from "../../server/core/wire/reason.ts";
import { KNOWN_PROBLEMS, KNOWN_PROPOSALS, KNOWN_REMEDIES } from "./known-faults.ts";
import { recognised } from "./known-sentences.ts";
import { useReasonText } from "./reason-text.ts";

/** A sentence to show; `lang` is "en" where it is the checker's own in a page of another language. */
export type FaultText = { text: string; lang: "en" | undefined };

type Say = (sentence: string) => FaultText;

/** `why`: what a problem ends with, as a code, where it is why an output was not as it should be. */
type Saying = { problem: (sentence: string, why?: Reason) => FaultText; remedy: Say; proposal: Say };

/**
 * What the checker of kernel packages says, in the language of the page. Its sentences are English and exact: English pages
 * show them as they are, others those they know translated.
 */
export function useFaultText(): Saying {
  const t = useTranslations("publish.faults");
  const isEnglish = useLocale() === "en";
  const reasonText = useReasonText();
  const problemIn = (sentence: string, reason: Reason | undefined): string | null => {
    const known = recognised(KNOWN_PROBLEMS, sentence);
    if (known === null) return null;
    const { why } = known.values;
    if (why === undefined) return t(`problem.${known.key}`, known.values);
    const said = reason === undefined ? (problemIn(why, undefined) ?? why) : reasonText(reason);
    return t(`problem.${known.key}`, { ...known.values, why: said });
  };
  const remedyIn = (sentence: string): string | null => {
    const known = recognised(KNOWN_REMEDIES, sentence);
    return known && t(`remedies.${known.key}`, known.values);
  };
  const proposalIn = (sentence: string): string | null => {
    const known = recognised(KNOWN_PROPOSALS, sentence);
    return known && t(`proposals.${known.key}`, known.values);
  };
  const shown = (sentence: string, translate: (sentence: string) => string | null): FaultText => {
    if (isEnglish) return { text: sentence, lang: undefined };
    const translated = translate(sentence);
    return translated === null ? { text: sentence, lang: "en" } : { text: translated, lang: undefined };
  };
  return {
    problem: (sentence, why) => shown(sentence, (one) => problemIn(one, why)),
    remedy: (sentence) => shown(sentence, remedyIn),
    proposal: (sentence) => shown(sentence, proposalIn),
  };
}
