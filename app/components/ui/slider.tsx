"use client";

import { Slider as RadixSlider } from "radix-ui";
import { useState } from "react";
import { cn } from "../../lib/cn.ts";

export type SliderProps = {
  /** What a screen reader calls it. */
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  disabled?: boolean;
  /** What is shown beside it and read aloud. */
  words(value: number): string;
  /** Called when it is let go, not on the way. */
  onChange(value: number): void;
  className?: string;
};

/** One thumb on a line, for finger, mouse and arrow keys, with its value in words. */
export function Slider({ label, value, words, onChange, disabled = false, className, ...range }: SliderProps) {
  const [moving, setMoving] = useState<number | null>(null);
  const shown = moving ?? value;
  return (
    <div className={cn("flex items-center gap-4", className)}>
      <RadixSlider.Root
        {...range}
        disabled={disabled}
        value={[shown]}
        onValueChange={([next]) => setMoving(next ?? null)}
        onValueCommit={([next]) => {
          setMoving(null);
          if (next !== undefined && next !== value) onChange(next);
        }}
        className="relative flex h-11 min-w-0 flex-1 touch-none items-center select-none data-disabled:opacity-50"
      >
        <RadixSlider.Track className="h-2 w-full grow rounded-full bg-line">
          <RadixSlider.Range className="absolute h-2 rounded-full bg-accent" />
        </RadixSlider.Track>
        <RadixSlider.Thumb
          aria-label={label}
          aria-valuetext={words(shown)}
          className="block size-6 cursor-grab rounded-full border-2 border-accent bg-surface shadow-sm data-disabled:cursor-default"
        />
      </RadixSlider.Root>
      <span className="w-16 shrink-0 text-right sm:w-20 text-sm tabular-nums">{words(shown)}</span>
    </div>
  );
}
