"use client";

import { useTranslations } from "next-intl";
import { useId, useRef, useState } from "react";
import { Field, Input } from "../components/form/field.tsx";
import { Button } from "../components/ui/button.tsx";

type Props = {
  trigger: string;
  title: string;
  text: string;
  disabled?: boolean;
  onConfirm(reason: string): void;
};

/** Asks for the reason of something that somebody will be told. */
export function ReasonDialog({ trigger, title, text, disabled, onConfirm }: Props) {
  const t = useTranslations("admin");
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [reason, setReason] = useState("");
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
        aria-labelledby={`${id}-title`}
        className="m-auto w-[calc(100%-2.5rem)] max-w-md rounded-2xl border bg-surface p-6 text-left whitespace-normal text-ink shadow-lg backdrop:bg-black/50"
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            dialog.current?.close();
            onConfirm(reason.trim());
            setReason("");
          }}
        >
          <h2 id={`${id}-title`} className="text-lg font-semibold tracking-tight">
            {title}
          </h2>
          <p className="mt-2 mb-4 text-base text-muted">{text}</p>
          <Field label={t("reason")}>
            {(wiring) => (
              <Input
                {...wiring}
                required
                minLength={3}
                maxLength={300}
                value={reason}
                onChange={({ target }) => setReason(target.value)}
              />
            )}
          </Field>
          <div className="mt-5 flex flex-wrap justify-end gap-3">
            <Button variant="outline" size="sm" onClick={() => dialog.current?.close()}>
              {t("cancel")}
            </Button>
            <Button type="submit" variant="danger" size="sm">
              {trigger}
            </Button>
          </div>
        </form>
      </dialog>
    </>
  );
}
