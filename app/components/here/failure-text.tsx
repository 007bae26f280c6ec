"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { hasMessage } from "../../lib/has-message.ts";

/** `code`: of a failed computation, a KernelErrorCode. */
export type HereFailure = {
  what: "unreachable" | "gone" | "wrong_bytes" | "kernel" | "other";
  reason: string;
  code?: string | undefined;
};

/** Why nothing was computed. The program's and the device's own words are English. */
export function FailureText({ failure: { what, reason, code } }: { failure: HereFailure }) {
  const t = useTranslations("here.failed");
  return t.rich(what, { reason: () => <DeviceError key="reason" code={code ?? null} said={reason} /> });
}

/** What a device reports: its code as a sentence, and its own words, which are English and marked as such. */
export function DeviceError({ code, said }: { code: string | null; said: string }) {
  const t = useTranslations("reason");
  const sentence = code !== null && hasMessage(t, `device.${code}`) ? t(`device.${code}`) : code;
  if (said === "") return sentence;
  const words = <OwnWords key="said">{said}</OwnWords>;
  return sentence === null ? (
    words
  ) : (
    <>
      {sentence} {t.rich("deviceSays", { said: () => words })}
    </>
  );
}

export function OwnWords({ children }: { children: ReactNode }) {
  return (
    <span lang="en" className="wrap-anywhere">
      {children}
    </span>
  );
}

/** What was thrown, by name: its classes are loaded only when something is computed. */
export function failureOf(error: unknown): HereFailure {
  const reason = error instanceof Error ? error.message : String(error);
  const { name, kind, code } = (error ?? {}) as { name?: unknown; kind?: unknown; code?: unknown };
  if (name === "FetchFailed") {
    const what = (["unreachable", "gone", "wrong_bytes"] as const).find((each) => each === kind);
    if (what !== undefined) return { what, reason };
  }
  if (name === "KernelError") return { what: "kernel", reason, code: typeof code === "string" ? code : undefined };
  return { what: "other", reason };
}
