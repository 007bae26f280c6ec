"use client";

import { Switch as RadixSwitch } from "radix-ui";

export type SwitchProps = { id: string; checked: boolean; describedBy?: string; onChange(checked: boolean): void };

/** On or off, with effect at once. Its label is a `<label htmlFor={id}>`. */
export function Switch({ id, checked, describedBy, onChange }: SwitchProps) {
  return (
    <RadixSwitch.Root
      id={id}
      checked={checked}
      aria-describedby={describedBy}
      onCheckedChange={onChange}
      className="relative h-7 w-12 shrink-0 cursor-pointer rounded-full border border-muted bg-sunken transition-colors data-[state=checked]:border-accent data-[state=checked]:bg-accent"
    >
      <RadixSwitch.Thumb className="block size-5 translate-x-0.5 rounded-full bg-muted transition-transform data-[state=checked]:translate-x-[1.4rem] data-[state=checked]:bg-accent-ink" />
    </RadixSwitch.Root>
  );
}
