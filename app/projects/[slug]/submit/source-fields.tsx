"use client";

import { useTranslations } from "next-intl";
import { Field, Input, Select, Textarea } from "../../../components/form/field.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { ToggleGroup } from "../../../components/ui/toggle-group.tsx";
import { SOURCE_KINDS, type SourceKind, type SubmitForm } from "../../../lib/submission/form.ts";
import type { SubmittableApp } from "../../../lib/trpc.tsx";
import { SweepFields } from "./sweep-fields.tsx";

type Props = {
  app: SubmittableApp;
  form: SubmitForm;
  files: readonly File[];
  onChange(change: Partial<SubmitForm>): void;
  onFiles(files: readonly File[]): void;
};

/** Text pasted into a page; more comes as a file, which is read piece by piece. */
const TEXT_MAX_CHARACTERS = 1_000_000;

const ENDINGS: Record<SourceKind, string | undefined> = {
  sweep: undefined,
  csv: ".csv,text/csv",
  jsonl: ".jsonl,.ndjson,.json",
  fasta: ".fasta,.fa,.fna,.faa,.txt",
  fastq: ".fastq,.fq,.txt",
  files: undefined,
};

const MAPPINGS = ["key_values", "column", "template", "json"] as const;

/** Where the inputs come from. */
export function SourceFields({ app, form, files, onChange, onFiles }: Props) {
  const t = useTranslations("submit.source");
  const { kind } = form;
  const isTable = kind === "csv" || kind === "jsonl" || kind === "sweep";
  const isText = kind !== "sweep" && kind !== "files";
  return (
    <Card className="space-y-5">
      <CardTitle>{t("title")}</CardTitle>
      <ToggleGroup<SourceKind>
        label={t("title")}
        value={kind}
        onChange={(next) => {
          onFiles([]);
          onChange({ kind: next });
        }}
        options={SOURCE_KINDS.map((each) => [each, t(`kind.${each}`)])}
      />
      <p className="max-w-prose text-muted">{t(`text.${kind}`)}</p>
      <Takes app={app} />
      {kind === "sweep" ? <SweepFields form={form} onChange={onChange} /> : null}
      {isText || kind === "files" ? (
        <Field label={t(kind === "files" ? "chooseFiles" : "chooseFile")}>
          {(wiring) => (
            <Input
              {...wiring}
              key={kind}
              type="file"
              multiple={kind === "files"}
              accept={ENDINGS[kind]}
              className="py-2"
              onChange={({ target }) => onFiles([...(target.files ?? [])])}
            />
          )}
        </Field>
      ) : null}
      {isText && files.length === 0 ? (
        <Field label={t("paste")}>
          {(wiring) => (
            <Textarea
              {...wiring}
              rows={6}
              maxLength={TEXT_MAX_CHARACTERS}
              spellCheck={false}
              className="font-mono text-sm"
              placeholder={PLACEHOLDERS[kind]}
              value={form.text}
              onChange={({ target }) => onChange({ text: target.value })}
            />
          )}
        </Field>
      ) : null}
      {kind === "fasta" || kind === "fastq" ? <Sequences form={form} onChange={onChange} /> : null}
      {isTable ? <Mapping form={form} onChange={onChange} /> : null}
    </Card>
  );
}

const PLACEHOLDERS: Partial<Record<SourceKind, string>> = {
  csv: "name,temperature\nfirst,2.1\nsecond,2.2",
  jsonl: '{"temperature": 2.1}\n{"temperature": 2.2}',
  fasta: ">read1\nACGTACGT",
  fastq: "@read1\nACGT\n+\nIIII",
};

/** What the app says of its inputs. */
function Takes({ app: { input } }: { app: SubmittableApp }) {
  const t = useTranslations("submit.source");
  if (input === null) return null;
  return (
    <details className="text-sm">
      <summary className="cursor-pointer font-medium">{t("takes")}</summary>
      {input.description === undefined ? null : <p className="mt-2 max-w-prose">{input.description}</p>}
      {input.format === "key_values" ? (
        <dl className="mt-2 grid gap-x-6 gap-y-1 sm:grid-cols-[auto_1fr]">
          {input.keys.map((key) => (
            <div key={key.name} className="contents">
              <dt className="font-mono">{key.name}</dt>
              <dd className="mb-2 text-muted sm:mb-0">
                {[
                  t(`type.${key.type}`),
                  key.least === undefined ? "" : t("least", { value: key.least }),
                  key.most === undefined ? "" : t("most", { value: key.most }),
                  key.optional === true ? t("optional") : "",
                  key.description ?? "",
                ]
                  .filter((part) => part !== "")
                  .join(" · ")}
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
    </details>
  );
}

type Part = { form: SubmitForm; onChange(change: Partial<SubmitForm>): void };

function Sequences({ form, onChange }: Part) {
  const t = useTranslations("submit.source");
  return (
    <div className="grid gap-5 sm:grid-cols-[12rem_1fr]">
      <Field label={t("perWorkunit")}>
        {(wiring) => (
          <Input
            {...wiring}
            type="number"
            required
            min={1}
            max={100_000}
            step={1}
            value={form.perWorkunit}
            onChange={({ target }) => onChange({ perWorkunit: target.value })}
          />
        )}
      </Field>
      <Field label={t("head")} hint={t("headHint")}>
        {(wiring) => (
          <Textarea
            {...wiring}
            rows={2}
            maxLength={10_000}
            spellCheck={false}
            className="font-mono text-sm"
            value={form.head}
            onChange={({ target }) => onChange({ head: target.value })}
          />
        )}
      </Field>
    </div>
  );
}

/** How a row becomes an input. */
function Mapping({ form, onChange }: Part) {
  const t = useTranslations("submit.mapping");
  return (
    <details>
      <summary className="cursor-pointer font-medium">{t("title")}</summary>
      <div className="mt-3 grid gap-5 sm:grid-cols-2">
        <Field label={t("how")} hint={t(`text.${form.mapping}`)}>
          {(wiring) => (
            <Select
              {...wiring}
              value={form.mapping}
              onChange={({ target }) => onChange({ mapping: target.value as SubmitForm["mapping"] })}
            >
              {MAPPINGS.map((each) => (
                <option key={each} value={each}>
                  {t(`kind.${each}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {form.mapping === "column" ? (
          <Field label={t("column")}>
            {(wiring) => (
              <Input
                {...wiring}
                required
                value={form.column}
                onChange={({ target }) => onChange({ column: target.value })}
              />
            )}
          </Field>
        ) : null}
        {form.mapping === "template" ? (
          <Field label={t("template")} hint={t("templateHint")}>
            {(wiring) => (
              <Textarea
                {...wiring}
                required
                rows={4}
                maxLength={100_000}
                spellCheck={false}
                className="font-mono text-sm"
                value={form.template}
                onChange={({ target }) => onChange({ template: target.value })}
              />
            )}
          </Field>
        ) : null}
      </div>
    </details>
  );
}
