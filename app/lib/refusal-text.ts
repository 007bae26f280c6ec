"use client";

import { useLocale, useTranslations } from "next-intl";
import { KNOWN_SENTENCES } from "./known-sentences.ts";

const CODES = [
  "bad_request",
  "unauthenticated",
  "forbidden",
  "not_found",
  "conflict",
  "too_large",
  "rate_limited",
  "client_outdated",
] as const;

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
    const code = CODES.find((each) => each === data.refusal);
    if (code === undefined) return t("failed");
    if (isEnglish && sentence !== "") return sentence;
    const known = knownSentence(sentence);
    return known === null ? `${t(`code.${code}`)} (${sentence})` : t(`sentence.${known.key}`, known.values);
  };
}

/** For sentences that came without their code, as the volunteer's supervisor passes them on. */
export function useServerSentence(): (sentence: string) => string {
  const t = useTranslations("refusal");
  const isEnglish = useLocale() === "en";
  return (sentence) => {
    const known = isEnglish ? null : knownSentence(sentence);
    return known === null ? sentence : t(`sentence.${known.key}`, known.values);
  };
}

function knownSentence(sentence: string) {
  for (const { key, pattern } of KNOWN_SENTENCES) {
    const match = pattern.exec(sentence);
    if (match) return { key, values: { ...match.groups } };
  }
  return null;
}
