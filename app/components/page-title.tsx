import type { ReactNode } from "react";

export function PageTitle({ title, lead, children }: { title: string; lead?: ReactNode; children?: ReactNode }) {
  return (
    <div className="mb-8 flex flex-wrap items-end justify-between gap-4">
      <div>
        <h1 className="text-3xl font-semibold tracking-tight text-balance sm:text-4xl">{title}</h1>
        {lead ? <p className="mt-2 max-w-prose text-muted text-pretty">{lead}</p> : null}
      </div>
      {children}
    </div>
  );
}
