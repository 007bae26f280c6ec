import type { ReactNode } from "react";

/** What something says of itself: names beside their values, on narrow screens above them. Holds `Fact`s. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="mt-4 grid gap-x-6 gap-y-1 text-sm sm:grid-cols-[auto_1fr]">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="mb-2 min-w-0 wrap-anywhere sm:mb-0">{children}</dd>
    </>
  );
}
