"use client";

import { useTranslations } from "next-intl";
import type { AuthProblem } from "./auth-call.ts";

const KNOWN = [
  "INVALID_EMAIL_OR_PASSWORD",
  "INVALID_EMAIL",
  "INVALID_PASSWORD",
  "PASSWORD_TOO_SHORT",
  "PASSWORD_TOO_LONG",
  "INVALID_TOKEN",
  "SESSION_NOT_FRESH",
  "PASSKEY_NOT_FOUND",
  "RATE_LIMITED",
  "UNREACHABLE",
] as const;

/** A sentence for what the sign-in part of the server refused; nothing where the person changed their mind. */
export function useProblem(): (problem: AuthProblem) => string | undefined {
  const t = useTranslations("signIn.problem");
  return (problem) => {
    if (problem.code === "DECLINED") return undefined;
    const known = KNOWN.find((code) => code === problem.code);
    return known === undefined ? t("OTHER", { message: problem.message }) : t(known);
  };
}
