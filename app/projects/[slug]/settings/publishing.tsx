"use client";

import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { FormError } from "../../../components/form/field.tsx";
import { Badge, type BadgeTone } from "../../../components/ui/badge.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { ConfirmDialog } from "../../../components/ui/confirm-dialog.tsx";
import { type ProjectSettings, useTRPC } from "../../../lib/trpc.tsx";
import type { Rights } from "./settings-view.tsx";
import { useRefresh, useRefusalText } from "./use-change.ts";

const TONES: Record<ProjectSettings["state"], BadgeTone> = {
  published: "good",
  waiting: "wait",
  unpublished: "neutral",
};

/** Who sees the project, and the button that changes it. */
export function Publishing({ settings, rights }: { settings: ProjectSettings; rights: Rights }) {
  const t = useTranslations("projectSettings.publishing");
  const trpc = useTRPC();
  const refresh = useRefresh();
  const refusalText = useRefusalText();
  const { slug, state, suspendedReason } = settings;
  const publish = useMutation(trpc.project.publish.mutationOptions({ onSuccess: refresh }));
  return (
    <Card id="publishing">
      <div className="flex flex-wrap items-center gap-3">
        <CardTitle>{t("title")}</CardTitle>
        <Badge tone={suspendedReason === null ? TONES[state] : "bad"}>
          {t(suspendedReason === null ? `state.${state}` : "state.suspended")}
        </Badge>
      </div>
      <p className="mt-1 max-w-prose text-pretty text-muted">
        {suspendedReason === null ? t(`text.${state}`) : t("text.suspended", { reason: suspendedReason })}
      </p>
      {publish.isError ? <FormError>{refusalText(publish.error)}</FormError> : null}
      {rights.isOwner ? (
        <div className="mt-4">
          {state === "unpublished" ? (
            <Button disabled={publish.isPending} onClick={() => publish.mutate({ slug, publish: true })}>
              {t("publish")}
            </Button>
          ) : (
            <ConfirmDialog
              trigger={t("unpublish")}
              title={t("unpublishTitle")}
              text={t("unpublishText")}
              confirm={t("unpublish")}
              cancel={t("cancel")}
              disabled={publish.isPending}
              onConfirm={() => publish.mutate({ slug, publish: false })}
            />
          )}
        </div>
      ) : null}
    </Card>
  );
}
