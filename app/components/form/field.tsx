"use client";

import { type ComponentProps, type ReactNode, useId } from "react";
import { cn } from "../../lib/cn.ts";

const CONTROL = "w-full rounded-lg border border-muted bg-page px-3 text-base disabled:opacity-60";

type Wiring = { id: string; "aria-describedby"?: string };

/** A label, its control, and what helps to fill it in. The control gets the wiring that ties the three together. */
export function Field(props: {
  label: string;
  hint?: ReactNode;
  className?: string;
  children: (wiring: Wiring) => ReactNode;
}) {
  const { label, hint, className, children } = props;
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      {children(hint ? { id, "aria-describedby": `${id}-hint` } : { id })}
      {hint ? (
        <p id={`${id}-hint`} className="mt-1 text-sm text-pretty text-muted">
          {hint}
        </p>
      ) : null}
    </div>
  );
}

export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input className={cn(CONTROL, "h-11", className)} {...props} />;
}

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea className={cn(CONTROL, "py-2", className)} {...props} />;
}

export function Select({ className, ...props }: ComponentProps<"select">) {
  return <select className={cn(CONTROL, "h-11", className)} {...props} />;
}

/** What was refused, read out at once. */
export function FormError({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="rounded-xl bg-bad-soft p-3 text-pretty text-bad">
      {children}
    </p>
  );
}

/** What was done, read out when the person pauses. */
export function FormDone({ children }: { children: ReactNode }) {
  return (
    <p role="status" className="rounded-xl bg-good-soft p-3 text-pretty text-good">
      {children}
    </p>
  );
}
