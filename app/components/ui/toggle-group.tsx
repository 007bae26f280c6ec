"use client";

import { Button } from "./button.tsx";

export type ToggleGroupProps<Value extends string> = {
  /** What a screen reader calls the group. */
  label: string;
  value: Value;
  options: readonly (readonly [value: Value, label: string])[];
  onChange(value: Value): void;
};

/** A few ways to look at the same thing, one of which is on. */
export function ToggleGroup<Value extends string>({ label, value, options, onChange }: ToggleGroupProps<Value>) {
  return (
    <fieldset className="flex flex-wrap gap-1.5">
      <legend className="sr-only">{label}</legend>
      {options.map(([each, name]) => (
        <Button
          key={each}
          size="sm"
          variant={each === value ? "primary" : "outline"}
          aria-pressed={each === value}
          onClick={() => onChange(each)}
        >
          {name}
        </Button>
      ))}
    </fieldset>
  );
}
