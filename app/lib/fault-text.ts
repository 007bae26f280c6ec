"use client";

import { useLocale, useTranslations } from "next-intl";
import { KNOWN_PROBLEMS, KNOWN_PROPOSALS, KNOWN_REMEDIES } from "./known-faults.ts";
import { recognised } from "./known-sentences.ts";

/** A sentence to show; `lang` is "en" where it is the checker's own in a page of another language. */
export type FaultText = { text: string; lang: "en" | undefined };

/**
 * What the checker of kernel packages says, in the language of the page. Its sentences are English and exact: English pages
 * show them as they are, others those they know translated.
 */
export function useFaultText(): Record<"problem" | "remedy" | "proposal", (sentence: string) => FaultText> {
  const t = useTranslations("publish.faults");
  const isEnglish = useLocale() === "en";
  const problemIn = (sentence: string): string | null => {
    const known = recognised(KNOWN_PROBLEMS, sentence);
    if (known === null) return null;
    const { why } = known.values;
    return t(
      `problem.${known.key}`,
      why === undefined ? known.values : { ...known.values, why: problemIn(why) ?? why },
    );
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
    problem: (sentence) => shown(sentence, problemIn),
    remedy: (sentence) => shown(sentence, remedyIn),
    proposal: (sentence) => shown(sentence, proposalIn),
  };
}
