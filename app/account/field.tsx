"use client";

import { type ComponentProps, useId } from "react";
import { cn } from "../lib/cn.ts";
import { useRefusalText } from "../lib/refusal-text.ts";

type Props = ComponentProps<"input"> & { label: string; hint?: string };

/** One line of a form: its name, what is typed, and a hint that screen readers read with it. */
export function Field({ label, hint, className, ...props }: Props) {
  const id = useId();
  return (
    <div className={cn("min-w-0", className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        {...props}
        id={id}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        className="mt-1 block h-11 w-full min-w-0 rounded-lg border border-muted bg-page px-3"
      />
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="mt-1 text-sm text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}

type OutcomeProps = {
  good?: string | undefined;
  bad?: string | undefined;
  /** What a call threw; null: nothing. */
  error?: unknown;
};

/** What came of it: read aloud when it appears. */
export function Outcome({ good, bad, error }: OutcomeProps) {
  const refusal = useRefusalText();
  const wrong = bad ?? (error ? refusal(error) : undefined);
  return (
    <p role="status" className={cn("text-sm empty:hidden", wrong === undefined ? "text-good" : "text-bad")}>
      {wrong ?? good ?? ""}
    </p>
  );
}
