"use client";

import { useTranslations } from "next-intl";
import { Field, Input } from "../../../components/form/field.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import type { SubmitForm } from "../../../lib/submission/form.ts";

/** How long one takes, when the batch stops by itself, and who is told. */
export function WhenWrong({ form, onChange }: { form: SubmitForm; onChange(change: Partial<SubmitForm>): void }) {
  const t = useTranslations("submit.running");
  return (
    <Card className="space-y-5">
      <CardTitle>{t("title")}</CardTitle>
      <div className="grid gap-5 sm:grid-cols-2">
        <Field label={t("seconds")} hint={t("secondsHint")}>
          {(wiring) => (
            <Input
              {...wiring}
              type="number"
              required
              min={0.001}
              max={10_000_000}
              step="any"
              value={form.seconds}
              onChange={({ target }) => onChange({ seconds: target.value })}
            />
          )}
        </Field>
        <Field label={t("stop")} hint={t("stopHint")}>
          {(wiring) => (
            <Input
              {...wiring}
              type="number"
              min={0}
              max={100}
              step="any"
              value={form.stopPercent}
              onChange={({ target }) => onChange({ stopPercent: target.value })}
            />
          )}
        </Field>
      </div>
      <label className="flex items-start gap-2">
        <input
          type="checkbox"
          className="mt-1 size-4 accent-accent"
          checked={form.notifyMail}
          onChange={({ target }) => onChange({ notifyMail: target.checked })}
        />
        {t("mail")}
      </label>
    </Card>
  );
}
