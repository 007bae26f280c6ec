"use client";

import { Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Field, Input, Textarea } from "../components/form/field.tsx";
import { Markdown } from "../components/markdown.tsx";
import { Button } from "../components/ui/button.tsx";

/** What is said about a project, as it is being typed. */
export type ProjectTexts = {
  name: string;
  summary: string;
  description: string;
  organisation: string;
  url: string;
  licence: string;
  links: readonly { label: string; url: string }[];
};

export const NO_TEXTS: ProjectTexts = {
  name: "",
  summary: "",
  description: "",
  organisation: "",
  url: "",
  licence: "",
  links: [],
};

/** As the server takes them: an empty address is none. */
export function asInput({ url, links, ...texts }: ProjectTexts) {
  return { ...texts, url: url.trim() === "" ? undefined : url.trim(), links: links.map((link) => ({ ...link })) };
}

type Props = { texts: ProjectTexts; onChange(change: Partial<ProjectTexts>): void };

const MOST_LINKS = 10;

/** The fields that a new project and its settings share. */
export function ProjectFields({ texts, onChange }: Props) {
  const t = useTranslations("projectForm");
  return (
    <div className="space-y-5">
      <Field label={t("name")}>
        {(wiring) => (
          <Input
            {...wiring}
            required
            maxLength={80}
            value={texts.name}
            onChange={({ target }) => onChange({ name: target.value })}
          />
        )}
      </Field>
      <Field label={t("summary")} hint={t("summaryHint")}>
        {(wiring) => (
          <Textarea
            {...wiring}
            required
            rows={2}
            maxLength={400}
            value={texts.summary}
            onChange={({ target }) => onChange({ summary: target.value })}
          />
        )}
      </Field>
      <Description texts={texts} onChange={onChange} />
      <div className="grid gap-5 sm:grid-cols-2">
        <Field label={t("organisation")} hint={t("organisationHint")}>
          {(wiring) => (
            <Input
              {...wiring}
              required
              maxLength={120}
              value={texts.organisation}
              onChange={({ target }) => onChange({ organisation: target.value })}
            />
          )}
        </Field>
        <Field label={t("licence")} hint={t("licenceHint")}>
          {(wiring) => (
            <Input
              {...wiring}
              maxLength={120}
              value={texts.licence}
              onChange={({ target }) => onChange({ licence: target.value })}
            />
          )}
        </Field>
      </div>
      <Field label={t("url")}>
        {(wiring) => (
          <Input
            {...wiring}
            type="url"
            maxLength={300}
            placeholder="https://"
            value={texts.url}
            onChange={({ target }) => onChange({ url: target.value })}
          />
        )}
      </Field>
      <Links texts={texts} onChange={onChange} />
    </div>
  );
}

function Description({ texts, onChange }: Props) {
  const t = useTranslations("projectForm");
  const [isPreview, setPreview] = useState(false);
  return (
    <div>
      <Field label={t("description")} hint={t("descriptionHint")}>
        {(wiring) => (
          <Textarea
            {...wiring}
            required
            rows={8}
            maxLength={20_000}
            value={texts.description}
            onChange={({ target }) => onChange({ description: target.value })}
          />
        )}
      </Field>
      <Button
        variant="ghost"
        size="sm"
        className="mt-1"
        aria-expanded={isPreview}
        onClick={() => setPreview((before) => !before)}
      >
        {t(isPreview ? "previewOff" : "preview")}
      </Button>
      {isPreview ? (
        <section aria-label={t("preview")} className="mt-2 max-w-prose rounded-xl border p-4">
          {texts.description.trim() === "" ? (
            <p className="text-muted">{t("previewEmpty")}</p>
          ) : (
            <Markdown text={texts.description} />
          )}
        </section>
      ) : null}
    </div>
  );
}

function Links({ texts: { links }, onChange }: Props) {
  const t = useTranslations("projectForm");
  const change = (at: number, part: Partial<{ label: string; url: string }>) =>
    onChange({ links: links.map((link, index) => (index === at ? { ...link, ...part } : link)) });
  return (
    <fieldset className="space-y-3">
      <legend className="font-medium">{t("links")}</legend>
      {links.map((link, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: links have no other identity while they are typed
        <div key={index} className="flex flex-wrap items-end gap-2">
          <Field label={t("linkLabel")} className="min-w-32 flex-1">
            {(wiring) => (
              <Input
                {...wiring}
                required
                maxLength={60}
                value={link.label}
                onChange={({ target }) => change(index, { label: target.value })}
              />
            )}
          </Field>
          <Field label={t("linkUrl")} className="min-w-48 flex-[2]">
            {(wiring) => (
              <Input
                {...wiring}
                required
                type="url"
                maxLength={300}
                placeholder="https://"
                value={link.url}
                onChange={({ target }) => change(index, { url: target.value })}
              />
            )}
          </Field>
          <Button
            variant="outline"
            aria-label={t("linkRemove", { label: link.label })}
            onClick={() => onChange({ links: links.filter((_, other) => other !== index) })}
          >
            <X aria-hidden="true" />
          </Button>
        </div>
      ))}
      {links.length < MOST_LINKS ? (
        <Button variant="outline" size="sm" onClick={() => onChange({ links: [...links, { label: "", url: "" }] })}>
          <Plus aria-hidden="true" />
          {t("linkAdd")}
        </Button>
      ) : null}
    </fieldset>
  );
}

/** Whether everybody sees inputs and outputs. A new project begins without an answer. */
export function DataChoice({ value, onChange }: { value: boolean | null; onChange(isPublic: boolean): void }) {
  const t = useTranslations("projectForm");
  return (
    <fieldset className="space-y-2">
      <legend className="mb-1 font-medium">{t("data")}</legend>
      {([true, false] as const).map((isPublic) => (
        <label
          key={String(isPublic)}
          className="flex cursor-pointer items-start gap-3 rounded-xl border p-4 has-checked:border-accent has-checked:bg-accent-soft"
        >
          <input
            type="radio"
            name="data"
            required
            className="mt-1 size-4 accent-accent"
            checked={value === isPublic}
            onChange={() => onChange(isPublic)}
          />
          <span>
            <span className="block font-medium">{t(isPublic ? "dataPublic" : "dataMembers")}</span>
            <span className="block text-sm text-muted">{t(isPublic ? "dataPublicText" : "dataMembersText")}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
