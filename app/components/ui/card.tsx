import type { ComponentProps } from "react";
import { cn } from "../../lib/cn.ts";

/** In a grid it is no wider than its column: what is wide inside it scrolls. */
export function Card({ className, ...props }: ComponentProps<"section">) {
  return <section className={cn("min-w-0 rounded-2xl border bg-surface p-5 shadow-xs sm:p-6", className)} {...props} />;
}

export function CardTitle({ className, ...props }: ComponentProps<"h2">) {
  return <h2 className={cn("text-lg font-semibold tracking-tight", className)} {...props} />;
}
