import type { ComponentProps, ReactNode } from "react";
import { cn } from "../../lib/cn.ts";

type TableProps = ComponentProps<"table"> & {
  label: string;
  /**
   * On narrow screens a list: each line a block, each cell with the name of its column (`Td`'s `label`) before it. Its lines
   * are `Tr`. Without it the table scrolls sideways on its own there, so that the page never does.
   */
  stacks?: boolean;
};

export function Table({ className, label, stacks = false, ...props }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="-mx-5 overflow-x-auto px-5 sm:mx-0 sm:px-0" tabIndex={0} aria-label={label}>
      <table
        {...(stacks && { "data-stacks": "", role: "table" })}
        className={cn("w-full text-left text-sm tabular-nums", className)}
        {...props}
      />
    </section>
  );
}

/** A line of a table that stacks. Its role is said aloud, as are its cells': laid out as a list, it loses them in Safari. */
export function Tr(props: ComponentProps<"tr">) {
  return <tr {...{ role: "row" }} {...props} />;
}

export function Th({ className, ...props }: ComponentProps<"th">) {
  return (
    <th
      {...{ role: "columnheader" }}
      className={cn("border-b py-2 pr-4 font-medium whitespace-nowrap text-muted last:pr-0", className)}
      {...props}
    />
  );
}

/** `label`: the name of its column, where the table stacks; without it the cell takes a line of its own there. */
export function Td({ className, label, ...props }: ComponentProps<"td"> & { label?: string }) {
  return (
    <td
      {...{ role: "cell" }}
      data-label={label}
      className={cn("border-b py-2.5 pr-4 align-middle last:pr-0", className)}
      {...props}
    />
  );
}

/** The head of a column that explains itself to whoever sees it: buttons. */
export function SilentTh({ children }: { children: ReactNode }) {
  return (
    <Th className="relative">
      <span className="sr-only">{children}</span>
    </Th>
  );
}
