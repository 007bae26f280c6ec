"use client";

import type { ReactNode, Ref } from "react";
import { AskingButton, DialogButtons } from "./asking-button.tsx";
import { Button } from "./button.tsx";

export type ConfirmDialogProps = {
  /** The button that asks. */
  trigger: ReactNode;
  title: string;
  text: string;
  confirm: string;
  cancel: string;
  disabled?: boolean;
  /** Of the button that asks. */
  buttonRef?: Ref<HTMLButtonElement>;
  onConfirm(): void;
};

/** A button that asks before it does what cannot be undone. */
export function ConfirmDialog({ confirm, cancel, onConfirm, ...question }: ConfirmDialogProps) {
  return (
    <AskingButton role="alertdialog" {...question}>
      {(close) => (
        <DialogButtons>
          <Button variant="outline" size="sm" autoFocus onClick={close}>
            {cancel}
          </Button>
          <Button
            variant="danger"
            size="sm"
            onClick={() => {
              close();
              onConfirm();
            }}
          >
            {confirm}
          </Button>
        </DialogButtons>
      )}
    </AskingButton>
  );
}
