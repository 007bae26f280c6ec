import { cva, type VariantProps } from "class-variance-authority";
import { type ComponentProps, cloneElement, isValidElement } from "react";
import { cn } from "../../lib/cn.ts";

const buttonVariants = cva(
  "inline-flex items-center justify-center gap-2 rounded-lg font-medium whitespace-nowrap transition-colors select-none disabled:pointer-events-none disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        // Darker, not fainter: what is written on it stays readable under the pointer.
        primary: "bg-accent text-accent-ink hover:bg-[color-mix(in_oklch,var(--accent),black_8%)]",
        outline: "border bg-surface text-ink hover:bg-sunken",
        ghost: "text-ink hover:bg-sunken",
        danger: "border border-bad bg-surface text-bad hover:bg-bad-soft",
      },
      size: { sm: "h-9 px-3 text-sm", md: "h-11 px-5 text-base", lg: "h-14 px-8 text-lg [&_svg]:size-5" },
    },
    defaultVariants: { variant: "primary", size: "md" },
  },
);

export type ButtonProps = ComponentProps<"button"> &
  VariantProps<typeof buttonVariants> & {
    /** The looks of a button on the one element within, a link for example. */
    asChild?: boolean;
  };

export function Button({
  className,
  variant,
  size,
  asChild = false,
  children,
  type = "button",
  ...props
}: ButtonProps) {
  const looks = buttonVariants({ variant, size });
  if (!asChild) {
    return (
      <button className={cn(looks, className)} {...props} type={type}>
        {children}
      </button>
    );
  }
  if (!isValidElement<{ className?: string }>(children)) throw new Error("Button asChild takes one element.");
  return cloneElement(children, { ...props, className: cn(looks, className, children.props.className) });
}
