"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Field, FormError, Input } from "../../components/form/field.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { useRefusalText } from "../../lib/refusal-text.ts";
import { useTRPC } from "../../lib/trpc.tsx";
import { asInput, DataChoice, NO_TEXTS, ProjectFields, type ProjectTexts } from "../project-fields.tsx";

/** "Mandelbrot Atlas 2" becomes "mandelbrot-atlas-2". */
function slugOf(name: string): string {
  const plain = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return plain
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[-0-9]+|-+$/g, "")
    .slice(0, 40);
}

/** Everything that a project needs to begin with. It is unpublished until its owner says otherwise. */
export function NewProjectForm() {
  const t = useTranslations("newProject");
  const trpc = useTRPC();
  const router = useRouter();
  const refusalText = useRefusalText();
  const [texts, setTexts] = useState<ProjectTexts>(NO_TEXTS);
  const [typedSlug, setTypedSlug] = useState<string | null>(null);
  const [isPublic, setPublic] = useState<boolean | null>(null);
  const slug = typedSlug ?? slugOf(texts.name);
  const create = useMutation(
    trpc.project.create.mutationOptions({ onSuccess: (made) => router.push(`/projects/${made.slug}/settings`) }),
  );
  return (
    <Card className="max-w-3xl">
      <form
        className="space-y-6"
        onSubmit={(event) => {
          event.preventDefault();
          if (isPublic !== null) create.mutate({ ...asInput(texts), slug, isPublic });
        }}
      >
        <ProjectFields texts={texts} onChange={(change) => setTexts((before) => ({ ...before, ...change }))} />
        <Field label={t("address")} hint={t("addressHint", { slug: slug === "" ? "…" : slug })}>
          {(wiring) => (
            <Input
              {...wiring}
              required
              pattern="[a-z][a-z0-9\-]{1,39}"
              maxLength={40}
              autoCapitalize="none"
              spellCheck={false}
              value={slug}
              onChange={({ target }) => setTypedSlug(target.value)}
            />
          )}
        </Field>
        <DataChoice value={isPublic} onChange={setPublic} />
        {create.isError ? <FormError>{refusalText(create.error)}</FormError> : null}
        <div className="flex flex-wrap items-center gap-4">
          <Button type="submit" disabled={create.isPending || create.isSuccess}>
            {t("create")}
          </Button>
          <p className="text-sm text-muted">{t("later")}</p>
        </div>
      </form>
    </Card>
  );
}
