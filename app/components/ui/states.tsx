import type { ReactNode } from "react";

interface EmptyProps {
  title: string;
  /** "h1" where nothing else on the page is a heading. */
  heading?: "p" | "h1";
  children?: ReactNode;
}

/** What a place says when there is nothing in it yet. */
export function Empty({ title, heading: Heading = "p", children }: EmptyProps) {
  return (
    <div className="rounded-xl border border-dashed px-6 py-10 text-center">
      <Heading className="font-medium">{title}</Heading>
      {children ? <div className="mx-auto mt-2 max-w-prose text-muted">{children}</div> : null}
    </div>
  );
}

/** A pulsing block in the size of what is being loaded. */
export function Skeleton({ className, label }: { className: string; label: string }) {
  return <div className={`animate-pulse rounded-xl bg-sunken ${className}`} role="status" aria-label={label} />;
}

/** One number with its name, for dashboards. */
export function Stat({ label, value, hint }: { label: string; value: ReactNode; hint?: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="mt-0.5 text-2xl font-semibold tracking-tight tabular-nums">{value}</dd>
      {hint ? <dd className="mt-0.5 text-sm text-muted">{hint}</dd> : null}
    </div>
  );
}
