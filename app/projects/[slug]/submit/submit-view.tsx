"use client";

import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useState } from "react";
import { Field, FormError, Input, Select } from "../../../components/form/field.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { Progress } from "../../../components/ui/progress.tsx";
import { useRefusalText } from "../../../lib/refusal-text.ts";
import { newForm, type SubmitForm } from "../../../lib/submission/form.ts";
import { type Pending, readPending } from "../../../lib/submission/pending.ts";
import type { SubmittableApp } from "../../../lib/trpc.tsx";
import { Preview } from "./preview.tsx";
import { Redundancy } from "./redundancy.tsx";
import { Resume } from "./resume.tsx";
import { SharedFiles } from "./shared-files.tsx";
import { SourceFields } from "./source-fields.tsx";
import { usePreview } from "./use-preview.ts";
import { type Submission, useSubmission } from "./use-submission.ts";
import { WhenWrong } from "./when-wrong.tsx";

const keysOf = (app: SubmittableApp | undefined) =>
  app?.input?.format === "key_values"
    ? app.input.keys.filter((key) => key.optional !== true).map((key) => key.name)
    : [];

/** From inputs to a batch: choose, look at what it would be, send. Nothing is created before it is sent. */
export function SubmitView({ slug, apps }: { slug: string; apps: SubmittableApp[] }) {
  const t = useTranslations("submit");
  const [appVersionId, setAppVersionId] = useState(apps[0]?.appVersionId ?? 0);
  const app = apps.find((each) => each.appVersionId === appVersionId) ?? apps[0];
  const [form, setForm] = useState<SubmitForm>(() => newForm(keysOf(apps[0])));
  const [files, setFiles] = useState<readonly File[]>([]);
  const [pending, setPending] = useState<Pending | null>(null);
  const preview = usePreview();
  const submission = useSubmission(slug);
  // What this browser keeps is known in the browser only.
  useEffect(() => setPending(readPending(slug)), [slug]);
  if (app === undefined) return null;
  const change = (part: Partial<SubmitForm>) => {
    preview.forget();
    setForm((before) => ({ ...before, ...part }));
  };
  if (submission.state.at !== "idle") return <Sending submission={submission} />;
  if (pending !== null) {
    return <Resume pending={pending} apps={apps} submission={submission} onDiscard={() => setPending(null)} />;
  }
  return (
    <form
      className="max-w-4xl space-y-6"
      onSubmit={(event) => {
        event.preventDefault();
        preview.look({ app, form, files });
      }}
      // What is folded away could not show what is wrong with it.
      onInvalidCapture={({ target }) => (target as HTMLElement).closest("details")?.setAttribute("open", "")}
    >
      <Card className="space-y-5">
        <CardTitle>{t("what")}</CardTitle>
        <div className="grid gap-5 sm:grid-cols-2">
          <Field label={t("app")}>
            {(wiring) => (
              <Select
                {...wiring}
                value={appVersionId}
                onChange={({ target }) => {
                  const id = Number(target.value);
                  const chosen = apps.find((each) => each.appVersionId === id);
                  setAppVersionId(id);
                  change({ files: {}, expert: null, axes: newForm(keysOf(chosen)).axes });
                }}
              >
                {apps.map(({ appVersionId: id, title, version }) => (
                  <option key={id} value={id}>
                    {title} {version}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label={t("name")} hint={t("nameHint")}>
            {(wiring) => (
              <Input
                {...wiring}
                required
                maxLength={200}
                value={form.name}
                onChange={({ target }) => change({ name: target.value })}
              />
            )}
          </Field>
        </div>
      </Card>
      <SourceFields
        app={app}
        form={form}
        files={files}
        onChange={change}
        onFiles={(chosen) => {
          preview.forget();
          setFiles(chosen);
        }}
      />
      {app.files.length > 0 ? <SharedFiles slug={slug} app={app} form={form} onChange={change} /> : null}
      <Redundancy app={app} form={form} onChange={change} />
      <WhenWrong form={form} onChange={change} />
      <Preview
        app={app}
        form={form}
        files={files}
        preview={preview.state}
        onMeasured={preview.measured}
        onBad={(onBad) => setForm((before) => ({ ...before, onBad }))}
        onSubmit={(plan) => submission.begin({ app, form, files, options: plan.options, workunits: plan.workunits })}
      />
    </form>
  );
}

/** How far the sending is; where it broke off, and how it goes on. */
function Sending({ submission }: { submission: Submission }): ReactNode {
  const t = useTranslations("submit");
  const refusalText = useRefusalText();
  const { state } = submission;
  if (state.at === "idle") return null;
  const share = state.workunits === 0 ? 0 : state.sent / state.workunits;
  return (
    <Card className="max-w-4xl space-y-4" data-testid="sending">
      <CardTitle>{t(state.at === "creating" ? "creating" : "sending")}</CardTitle>
      <Progress className="h-3" value={state.at === "creating" ? 1 : share} label={t("sending")} />
      <p className="text-muted" role="status">
        {t(state.at === "creating" ? "creatingText" : "sendingText", { sent: state.sent, workunits: state.workunits })}
      </p>
      {state.at === "failed" ? (
        <>
          <FormError>{refusalText(state.error)}</FormError>
          <div className="flex flex-wrap gap-3">
            <Button onClick={submission.goOn}>{t("goOn")}</Button>
            <Button variant="outline" onClick={submission.discard}>
              {t("discard")}
            </Button>
          </div>
        </>
      ) : null}
    </Card>
  );
}
