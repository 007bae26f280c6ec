"use client";

import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { FormDone, FormError } from "../../../components/form/field.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { type ProjectSettings, useTRPC } from "../../../lib/trpc.tsx";
import { asInput, DataChoice, ProjectFields, type ProjectTexts } from "../../project-fields.tsx";
import { useRefresh, useRefusalText } from "./use-change.ts";

/** What is said about the project, and who sees its data. */
export function Details({ settings }: { settings: ProjectSettings }) {
  const t = useTranslations("projectSettings.details");
  const trpc = useTRPC();
  const refresh = useRefresh();
  const refusalText = useRefusalText();
  const { name, summary, description, organisation, url, licence, links } = settings;
  const [texts, setTexts] = useState<ProjectTexts>({
    name,
    summary,
    description,
    organisation,
    url: url ?? "",
    licence: licence ?? "",
    links,
  });
  const [isPublic, setPublic] = useState(settings.isPublic);
  const save = useMutation(trpc.project.change.mutationOptions({ onSuccess: refresh }));
  return (
    <Card id="details">
      <CardTitle>{t("title")}</CardTitle>
      <form
        className="mt-4 space-y-6"
        onChange={() => save.reset()}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate({ slug: settings.slug, change: { ...asInput(texts), isPublic } });
        }}
      >
        <ProjectFields texts={texts} onChange={(change) => setTexts((before) => ({ ...before, ...change }))} />
        <DataChoice value={isPublic} onChange={setPublic} />
        {save.isError ? <FormError>{refusalText(save.error)}</FormError> : null}
        {save.isSuccess ? <FormDone>{t("saved")}</FormDone> : null}
        <Button type="submit" disabled={save.isPending}>
          {t("save")}
        </Button>
      </form>
    </Card>
  );
}
