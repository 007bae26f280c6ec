"use client";

import { Info } from "lucide-react";
import { type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react";

/** Between the explanation and the edge of the window, in pixels. */
const MARGIN = 12;

/**
 * A small button that explains what stands before it: by mouse, by finger and by keyboard. It opens under the pointer or by a
 * press, stays while one reads it, and goes on Escape, on a press elsewhere, or when the focus goes on.
 */
export function Explain({ label, children }: { label: string; children: ReactNode }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const around = useRef<HTMLSpanElement>(null);
  const bubble = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const shown = bubble.current;
    if (!open || shown === null) return;
    // Under the middle of the button, as far as the window reaches.
    shown.style.translate = "0";
    const { left, width } = shown.getBoundingClientRect();
    const most = document.documentElement.clientWidth - width - MARGIN;
    const wanted = left - width / 2;
    shown.style.translate = `${Math.max(MARGIN, Math.min(wanted, most)) - left}px`;
  }, [open]);
  useEffect(() => {
    if (!open) return;
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && setOpen(false);
    const onPress = (event: PointerEvent) => {
      if (!around.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("keydown", onKey);
    document.addEventListener("pointerdown", onPress);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("pointerdown", onPress);
    };
  }, [open]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the pointer only shows earlier what the button shows
    <span
      ref={around}
      className="relative inline-flex align-middle"
      onPointerEnter={(event) => event.pointerType === "mouse" && setOpen(true)}
      onPointerLeave={(event) => event.pointerType === "mouse" && setOpen(false)}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}
    >
      <button
        type="button"
        aria-label={label}
        aria-expanded={open}
        aria-controls={id}
        onClick={(event) => setOpen(event.detail === 0 ? !open : true)}
        className="-m-2 inline-flex size-9 items-center justify-center rounded-full text-muted hover:text-ink"
      >
        <Info aria-hidden="true" className="size-4" />
      </button>
      <span
        id={id}
        ref={bubble}
        role="note"
        hidden={!open}
        className="absolute top-full left-1/2 z-30 mt-1 w-64 max-w-[70vw] rounded-xl border bg-surface p-3 text-left text-sm font-normal whitespace-normal text-ink shadow-lg"
      >
        {children}
      </span>
    </span>
  );
}
