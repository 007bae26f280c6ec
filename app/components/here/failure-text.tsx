"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";

export type HereFailure = { what: "unreachable" | "gone" | "wrong_bytes" | "kernel" | "other"; reason: string };

/** Why nothing was computed. The program's and the device's own words are English. */
export function FailureText({ failure: { what, reason } }: { failure: HereFailure }) {
  const t = useTranslations("here.failed");
  return t.rich(what, { reason: () => <OwnWords>{reason}</OwnWords> });
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
  const { name, kind } = (error ?? {}) as { name?: unknown; kind?: unknown };
  if (name === "FetchFailed") {
    const what = (["unreachable", "gone", "wrong_bytes"] as const).find((each) => each === kind);
    if (what !== undefined) return { what, reason };
  }
  return { what: name === "KernelError" ? "kernel" : "other", reason };
}
