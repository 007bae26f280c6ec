"use client";

import { type ReactNode, useId, useRef } from "react";
import { Button } from "./button.tsx";

export type ConfirmDialogProps = {
  /** The button that asks. */
  trigger: ReactNode;
  title: string;
  text: string;
  confirm: string;
  cancel: string;
  disabled?: boolean;
  onConfirm(): void;
};

/**
 * A button that asks before it does what cannot be undone. The browser's own dialog: it keeps the keyboard inside,
 * closes on Escape, and needs no style element, which the site's content security policy would refuse.
 */
export function ConfirmDialog({ trigger, title, text, confirm, cancel, disabled, onConfirm }: ConfirmDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  return (
    <>
      <Button
        variant="danger"
        size="sm"
        disabled={disabled}
        aria-haspopup="dialog"
        onClick={() => dialog.current?.showModal()}
      >
        {trigger}
      </Button>
      <dialog
        ref={dialog}
        role="alertdialog"
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-text`}
        className="m-auto w-[calc(100%-2.5rem)] max-w-md rounded-2xl border bg-surface p-6 text-ink shadow-lg backdrop:bg-black/50"
      >
        <h2 id={`${id}-title`} className="text-lg font-semibold tracking-tight">
          {title}
        </h2>
        <p id={`${id}-text`} className="mt-2 text-muted">
          {text}
        </p>
        <div className="mt-5 flex flex-wrap justify-end gap-3">
          <Button variant="outline" size="sm" autoFocus onClick={() => dialog.current?.close()}>
            {cancel}
          </Button>
          <Button
            variant="danger"
            size="sm"
            onClick={() => {
              dialog.current?.close();
              onConfirm();
            }}
          >
            {confirm}
          </Button>
        </div>
      </dialog>
    </>
  );
}
