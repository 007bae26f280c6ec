"use client";

import { type ReactNode, useId, useState } from "react";
import { Switch } from "../../ui/switch.tsx";
import { timeOfDay } from "./time-of-day.ts";

/** The forms that settings come in: a name, what it means, and something to change it with. */

export function SettingGroup({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="min-w-0 border-t pt-4">
      <legend className="float-left mb-3 w-full font-semibold">{title}</legend>
      <div className="clear-both space-y-4">{children}</div>
    </fieldset>
  );
}

export function SwitchSetting({
  label,
  hint,
  checked,
  onChange,
  children,
}: {
  label: string;
  hint?: string;
  checked: boolean;
  onChange(checked: boolean): void;
  /** What is to be set when it is on. */
  children?: ReactNode;
}) {
  const id = useId();
  return (
    <div>
      <div className="flex items-start justify-between gap-4">
        <div className="min-w-0">
          <label htmlFor={id} className="cursor-pointer">
            {label}
          </label>
          {hint ? (
            <p id={`${id}-hint`} className="text-sm text-muted">
              {hint}
            </p>
          ) : null}
        </div>
        <Switch id={id} checked={checked} onChange={onChange} {...(hint ? { describedBy: `${id}-hint` } : {})} />
      </div>
      {checked && children ? <div className="mt-2">{children}</div> : null}
    </div>
  );
}

/** A whole number that takes effect when the field is left or Enter is pressed; nonsense goes back to what was. */
export function NumberSetting({
  label,
  unit,
  value,
  min,
  max,
  onChange,
}: {
  label: string;
  unit: string;
  value: number;
  min: number;
  max: number;
  onChange(value: number): void;
}) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const commit = () => {
    const next = Math.round(Number(typed));
    if (typed !== null && typed.trim() !== "" && Number.isFinite(next)) onChange(Math.min(max, Math.max(min, next)));
    setTyped(null);
  };
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
      <label htmlFor={id}>{label}</label>
      <span className="flex items-center gap-2">
        <input
          id={id}
          type="number"
          inputMode="numeric"
          min={min}
          max={max}
          value={typed ?? value}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={commit}
          onKeyDown={(event) => {
            if (event.key === "Enter") commit();
          }}
          className="h-9 w-28 rounded-lg border border-muted bg-page px-3 text-right tabular-nums"
        />
        <span className="text-sm text-muted">{unit}</span>
      </span>
    </div>
  );
}

/** A time of day as minutes since midnight. */
export function TimeSetting({
  label,
  minute,
  onChange,
}: {
  label: string;
  minute: number;
  onChange(minute: number): void;
}) {
  const id = useId();
  return (
    <span className="flex items-center gap-2">
      <label htmlFor={id} className="text-sm text-muted">
        {label}
      </label>
      <input
        id={id}
        type="time"
        value={timeOfDay(minute)}
        onChange={({ target }) => {
          const [hours, minutes] = target.value.split(":").map(Number);
          if (hours !== undefined && minutes !== undefined) onChange(hours * 60 + minutes);
        }}
        className="h-9 rounded-lg border border-muted bg-page px-2 tabular-nums"
      />
    </span>
  );
}
