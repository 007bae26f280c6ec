"use client";

import { useLocale, useTranslations } from "next-intl";
import { REFUSAL_CODES } from "../../server/core/wire/refusal-codes.ts";
import { KNOWN_SENTENCES, recognised } from "./known-sentences.ts";

/** What of a failed call is looked at here: tRPC's error, or anything else that was thrown. */
type Failure = { message?: unknown; data?: { refusal?: unknown; code?: unknown } | null | undefined };

/**
 * What to tell a person whose call was refused. The server's sentences are English and exact, so English pages show
 * them as they are. Other languages translate those that are known, else say what kind of refusal it is and add the
 * server's own sentence.
 */
export function useRefusalText(): (error: unknown) => string {
  const t = useTranslations("refusal");
  const isEnglish = useLocale() === "en";
  return (error) => {
    const { message, data } = (error ?? {}) as Failure;
    const sentence = typeof message === "string" ? message : "";
    // Without an answer's data the server was not reached at all.
    if (data === undefined || data === null) return t("unreachable");
    const code = REFUSAL_CODES.find((each) => each === data.refusal);
    if (code === undefined) return t("failed");
    if (isEnglish && sentence !== "") return sentence;
    const known = recognised(KNOWN_SENTENCES, sentence);
    return known === null ? `${t(`code.${code}`)} (${sentence})` : t(`sentence.${known.key}`, known.values);
  };
}

/** For sentences that came without their code, as the volunteer's supervisor passes them on. */
export function useServerSentence(): (sentence: string) => string {
  const t = useTranslations("refusal");
  const isEnglish = useLocale() === "en";
  return (sentence) => {
    const known = isEnglish ? null : recognised(KNOWN_SENTENCES, sentence);
    return known === null ? sentence : t(`sentence.${known.key}`, known.values);
  };
}
