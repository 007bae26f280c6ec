"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Field, FormError, Select } from "../../../components/form/field.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { ConfirmDialog } from "../../../components/ui/confirm-dialog.tsx";
import { type ProjectSettings, useTRPC } from "../../../lib/trpc.tsx";
import type { Rights } from "./settings-view.tsx";
import { useRefresh, useRefusalText } from "./use-change.ts";

/** What is not easily undone: handing the project over, and leaving it. */
export function Danger({ settings, rights }: { settings: ProjectSettings; rights: Rights }) {
  const t = useTranslations("projectSettings.danger");
  const trpc = useTRPC();
  const router = useRouter();
  const refresh = useRefresh();
  const refusalText = useRefusalText();
  const { slug } = settings;
  const [heir, setHeir] = useState<number | null>(null);
  const members = useQuery(trpc.member.list.queryOptions({ slug })).data ?? [];
  const others = members.filter((member) => !member.isMe);
  const me = members.find((member) => member.isMe);
  const handOver = useMutation(trpc.member.handOver.mutationOptions({ onSuccess: refresh }));
  const leave = useMutation(trpc.member.remove.mutationOptions({ onSuccess: () => router.push("/projects") }));
  const failed = handOver.error ?? leave.error;
  const nameOf = (member: { name: string | null; userId: number }) =>
    member.name ?? t("nameless", { userId: member.userId });
  const chosen = others.find((member) => member.userId === heir);
  return (
    <Card id="danger" className="space-y-4 border-bad">
      <CardTitle>{t("title")}</CardTitle>
      {rights.isOwner && settings.me.role === "owner" ? (
        <div className="flex flex-wrap items-end gap-3">
          <Field label={t("handOver")} hint={others.length === 0 ? t("nobody") : t("handOverHint")}>
            {(wiring) => (
              <Select
                {...wiring}
                value={heir ?? ""}
                disabled={others.length === 0}
                onChange={({ target }) => setHeir(target.value === "" ? null : Number(target.value))}
              >
                <option value="">{t("choose")}</option>
                {others.map((member) => (
                  <option key={member.userId} value={member.userId}>
                    {nameOf(member)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <ConfirmDialog
            trigger={t("handOver")}
            title={t("handOverTitle", { name: chosen ? nameOf(chosen) : "" })}
            text={t("handOverText")}
            confirm={t("handOver")}
            cancel={t("cancel")}
            disabled={chosen === undefined || handOver.isPending}
            onConfirm={() => chosen && handOver.mutate({ slug, userId: chosen.userId })}
          />
        </div>
      ) : null}
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-muted">{t("leaveText")}</p>
        <ConfirmDialog
          trigger={t("leave")}
          title={t("leaveTitle")}
          text={t("leaveText")}
          confirm={t("leave")}
          cancel={t("cancel")}
          disabled={me === undefined || leave.isPending}
          onConfirm={() => me && leave.mutate({ slug, userId: me.userId })}
        />
      </div>
      {failed ? <FormError>{refusalText(failed)}</FormError> : null}
    </Card>
  );
}
