import type { ComponentProps, ReactNode } from "react";
import { cn } from "../../lib/cn.ts";

/** Scrolls sideways on its own on narrow screens, so that the page never does. */
export function Table({ className, label, ...props }: ComponentProps<"table"> & { label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="-mx-5 overflow-x-auto px-5 sm:mx-0 sm:px-0" tabIndex={0} aria-label={label}>
      <table className={cn("w-full text-left text-sm tabular-nums", className)} {...props} />
    </section>
  );
}

export function Th({ className, ...props }: ComponentProps<"th">) {
  return (
    <th className={cn("border-b py-2 pr-4 font-medium whitespace-nowrap text-muted last:pr-0", className)} {...props} />
  );
}

export function Td({ className, ...props }: ComponentProps<"td">) {
  return <td className={cn("border-b py-2.5 pr-4 align-middle last:pr-0", className)} {...props} />;
}

/** The head of a column that explains itself to whoever sees it: buttons. */
export function SilentTh({ children }: { children: ReactNode }) {
  return (
    <Th className="relative">
      <span className="sr-only">{children}</span>
    </Th>
  );
}
