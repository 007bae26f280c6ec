"use client";

import { Progress as RadixProgress } from "radix-ui";
import { cn } from "../../lib/cn.ts";

/** A bar from 0 to 1. `label` is what a screen reader says. */
export function Progress({ value, label, className }: { value: number; label: string; className?: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 1000) / 10;
  return (
    <RadixProgress.Root
      value={percent}
      aria-label={label}
      className={cn("h-2 w-full overflow-hidden rounded-full bg-sunken", className)}
    >
      <RadixProgress.Indicator
        className="h-full rounded-full bg-accent transition-[width] duration-500"
        style={{ width: `${percent}%` }}
      />
    </RadixProgress.Root>
  );
}
