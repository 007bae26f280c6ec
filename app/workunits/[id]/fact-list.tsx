import type { ReactNode } from "react";

export type NamedFact = [name: string, value: ReactNode];

/** Names beside their values, on narrow screens above them. */
export function FactList({ facts, className = "" }: { facts: readonly NamedFact[]; className?: string }) {
  return (
    <dl className={`grid gap-x-6 gap-y-2 sm:grid-cols-[auto_1fr] ${className}`}>
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="mb-2 min-w-0 sm:mb-0">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Hash({ value }: { value: string }) {
  return <span className="font-mono text-sm break-all">{value}</span>;
}
