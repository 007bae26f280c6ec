"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { Field, FormError, Input } from "../../../components/form/field.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { isSameFile, type Pending } from "../../../lib/submission/pending.ts";
import type { SubmittableApp } from "../../../lib/trpc.tsx";
import type { Submission } from "./use-submission.ts";

type Props = {
  pending: Pending;
  apps: readonly SubmittableApp[];
  submission: Submission;
  onDiscard(): void;
};

/** A submission that was begun here and broke off: it goes on where it stopped, or is thrown away. */
export function Resume({ pending, apps, submission, onDiscard }: Props) {
  const t = useTranslations("submit.resume");
  const [files, setFiles] = useState<readonly File[]>([]);
  const app = apps.find((each) => each.appVersionId === pending.open.appVersionId);
  const wanted = pending.files;
  // In the order in which they were chosen: their parts were made in it.
  const chosen = wanted.map((kept) => files.find((file) => isSameFile(kept, file)));
  const isComplete = chosen.every((file) => file !== undefined);
  return (
    <Card className="max-w-4xl space-y-4" data-testid="resume">
      <CardTitle>{t("title")}</CardTitle>
      <p>{t("text", { name: pending.open.name, workunits: pending.workunits })}</p>
      {wanted.length > 0 ? (
        <Field
          label={t("files", { count: wanted.length })}
          hint={wanted
            .slice(0, 5)
            .map(({ name }) => name)
            .join(", ")}
        >
          {(wiring) => (
            <Input
              {...wiring}
              type="file"
              multiple={wanted.length > 1}
              className="py-2"
              onChange={({ target }) => setFiles([...(target.files ?? [])])}
            />
          )}
        </Field>
      ) : null}
      {files.length > 0 && !isComplete ? <FormError>{t("otherFiles")}</FormError> : null}
      {app === undefined ? <FormError>{t("noApp")}</FormError> : null}
      <div className="flex flex-wrap gap-3">
        <Button
          disabled={!isComplete || app === undefined}
          onClick={() => app && submission.resume({ app, pending, files: chosen.flatMap((file) => file ?? []) })}
        >
          {t("goOn")}
        </Button>
        <Button
          variant="outline"
          onClick={() => {
            void submission.discardPending(pending);
            onDiscard();
          }}
        >
          {t("discard")}
        </Button>
      </div>
    </Card>
  );
}
