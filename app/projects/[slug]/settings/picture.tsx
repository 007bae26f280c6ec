"use client";

import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useId, useState } from "react";
import { FormError } from "../../../components/form/field.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { type ProjectSettings, useTRPC } from "../../../lib/trpc.tsx";
import { useRefresh, useRefusalText } from "./use-change.ts";

const MOST_BYTES = 1024 * 1024;
const TAKEN = "image/png,image/jpeg,image/webp";

/** The picture at the head of the project's page. */
export function Picture({ settings }: { settings: ProjectSettings }) {
  const t = useTranslations("projectSettings.picture");
  const trpc = useTRPC();
  const id = useId();
  const refresh = useRefresh();
  const refusalText = useRefusalText();
  const [isTooLarge, setTooLarge] = useState(false);
  const { slug, pictureSha256 } = settings;
  const save = useMutation(trpc.project.setPicture.mutationOptions({ onSuccess: refresh }));
  const choose = async (file: File | undefined) => {
    setTooLarge((file?.size ?? 0) > MOST_BYTES);
    if (file === undefined || file.size > MOST_BYTES) return;
    save.mutate({ slug, base64: await base64Of(file) });
  };
  return (
    <Card id="picture">
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 max-w-prose text-muted">{t("text")}</p>
      {pictureSha256 === null ? null : (
        // biome-ignore lint/performance/noImgElement: it is small, already in the size it is shown in, and cached for ever
        <img
          src={`/api/projects/${slug}/picture/${pictureSha256}`}
          alt={t("now")}
          className="mt-4 max-h-48 rounded-xl object-cover"
        />
      )}
      <div className="mt-4 flex flex-wrap gap-3">
        <Button asChild variant="outline" size="sm">
          <label htmlFor={id} className="cursor-pointer focus-within:outline-2 focus-within:outline-accent">
            {t("choose")}
            <input
              id={id}
              type="file"
              accept={TAKEN}
              className="sr-only"
              onChange={({ target }) => void choose(target.files?.[0])}
            />
          </label>
        </Button>
        {pictureSha256 === null ? null : (
          <Button variant="ghost" size="sm" onClick={() => save.mutate({ slug, base64: null })}>
            {t("remove")}
          </Button>
        )}
      </div>
      {isTooLarge ? <FormError>{t("tooLarge")}</FormError> : null}
      {save.isError ? <FormError>{refusalText(save.error)}</FormError> : null}
    </Card>
  );
}

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
