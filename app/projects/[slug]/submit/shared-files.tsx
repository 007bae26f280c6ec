"use client";

import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { Field, FormError, Input } from "../../../components/form/field.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { useRefusalText } from "../../../lib/refusal-text.ts";
import type { SubmitForm } from "../../../lib/submission/form.ts";
import { put } from "../../../lib/submission/send.ts";
import type { SubmittableApp } from "../../../lib/trpc.tsx";

type Props = {
  slug: string;
  app: SubmittableApp;
  form: SubmitForm;
  onChange(change: Partial<SubmitForm>): void;
};

/** Files that all workunits share: uploaded once, whatever their number, and known by their hash from then on. */
export function SharedFiles({ slug, app, form, onChange }: Props) {
  const t = useTranslations("submit.files");
  return (
    <Card className="space-y-5">
      <div>
        <CardTitle>{t("title")}</CardTitle>
        <p className="mt-1 max-w-prose text-muted">{t("text")}</p>
      </div>
      {app.files.map((name) => (
        <SharedFile
          key={name}
          slug={slug}
          name={name}
          sha256={form.files[name] ?? ""}
          onChange={(sha256) => {
            const { [name]: _, ...others } = form.files;
            onChange({ files: sha256 === "" ? others : { ...others, [name]: sha256 } });
          }}
        />
      ))}
    </Card>
  );
}

function SharedFile(props: { slug: string; name: string; sha256: string; onChange(sha256: string): void }) {
  const { slug, name, sha256, onChange } = props;
  const t = useTranslations("submit.files");
  const refusalText = useRefusalText();
  const upload = useMutation({
    mutationFn: async (file: File) => {
      const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
      const hash = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
      await put(`/api/projects/${slug}/files/${hash}`, file);
      return hash;
    },
    onSuccess: onChange,
  });
  return (
    <fieldset className="space-y-3 rounded-xl border p-4">
      <legend className="px-1 font-mono text-sm">{name}</legend>
      <Field label={t("upload", { name })}>
        {(wiring) => (
          <Input
            {...wiring}
            type="file"
            className="py-2"
            disabled={upload.isPending}
            onChange={({ target }) => {
              const file = target.files?.[0];
              if (file !== undefined) upload.mutate(file);
            }}
          />
        )}
      </Field>
      <Field label={t("hash", { name })}>
        {(wiring) => (
          <Input
            {...wiring}
            required
            pattern="[0-9a-f]{64}"
            spellCheck={false}
            autoCapitalize="none"
            className="font-mono text-sm"
            value={sha256}
            onChange={({ target }) => onChange(target.value.trim())}
          />
        )}
      </Field>
      {upload.isPending ? (
        <p role="status" className="text-muted">
          {t("uploading")}
        </p>
      ) : null}
      {upload.isError ? <FormError>{refusalText(upload.error)}</FormError> : null}
    </fieldset>
  );
}
