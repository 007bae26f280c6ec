"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { Field, Input } from "../components/form/field.tsx";
import { AskingButton, DialogButtons } from "../components/ui/asking-button.tsx";
import { Button } from "../components/ui/button.tsx";

type Props = {
  trigger: string;
  title: string;
  text: string;
  disabled?: boolean;
  onConfirm(reason: string): void;
};

/** Asks for the reason of something that somebody will be told. */
export function ReasonDialog({ onConfirm, ...question }: Props) {
  const t = useTranslations("admin");
  const [reason, setReason] = useState("");
  return (
    <AskingButton {...question}>
      {(close) => (
        <form
          className="mt-4"
          onSubmit={(event) => {
            event.preventDefault();
            close();
            onConfirm(reason.trim());
            setReason("");
          }}
        >
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
          <DialogButtons>
            <Button variant="outline" size="sm" onClick={close}>
              {t("cancel")}
            </Button>
            <Button type="submit" variant="danger" size="sm">
              {question.trigger}
            </Button>
          </DialogButtons>
        </form>
      )}
    </AskingButton>
  );
}
