"use client";

import { type ReactNode, type Ref, useId, useRef } from "react";
import { Button } from "./button.tsx";

type Props = {
  /** What stands on the button. */
  trigger: ReactNode;
  title: string;
  text: string;
  disabled?: boolean | undefined;
  /** Of the button that asks. */
  buttonRef?: Ref<HTMLButtonElement>;
  /** "alertdialog" where nothing is to be filled in. */
  role?: "alertdialog";
  /** What comes below the text; `close` closes the dialog. */
  children(close: () => void): ReactNode;
};

/**
 * A button that asks before it does anything. The browser's own dialog: it keeps the keyboard inside, closes on Escape,
 * and needs no style element, which the site's content security policy would refuse.
 */
export function AskingButton({ trigger, title, text, disabled, buttonRef, role, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  return (
    <>
      <Button
        ref={buttonRef}
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
        role={role}
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-text`}
        // Cells of tables, in which it may stand, align and break their text in ways of their own.
        className="m-auto w-[calc(100%-2.5rem)] max-w-md rounded-2xl border bg-surface p-6 text-left text-base whitespace-normal text-ink shadow-lg backdrop:bg-black/50"
      >
        <h2 id={`${id}-title`} className="text-lg font-semibold tracking-tight">
          {title}
        </h2>
        <p id={`${id}-text`} className="mt-2 text-muted">
          {text}
        </p>
        {children(() => dialog.current?.close())}
      </dialog>
    </>
  );
}

/** The buttons below a question, at the end of the line. */
export function DialogButtons({ children }: { children: ReactNode }) {
  return <div className="mt-5 flex flex-wrap justify-end gap-3">{children}</div>;
}
