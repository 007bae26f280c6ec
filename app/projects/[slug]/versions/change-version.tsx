"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { Field, FormDone, FormError, Input, Select } from "../../../components/form/field.tsx";
import { ConfirmDialog } from "../../../components/ui/confirm-dialog.tsx";
import { Skeleton } from "../../../components/ui/states.tsx";
import { useRefusalText } from "../../../lib/refusal-text.ts";
import { useTRPC } from "../../../lib/trpc.tsx";
import type { Version } from "./versions-view.tsx";

type Props = { version: Version; others: readonly Version[] };

/** What an owner may do with a version. Nothing is counted until somebody unfolds it. */
export function ChangeVersion(props: Props) {
  const t = useTranslations("versions.change");
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="mt-5 border-t pt-4" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="cursor-pointer font-medium">{t("title")}</summary>
      {isOpen ? <Choices {...props} /> : null}
    </details>
  );
}

function Choices({ version, others }: Props) {
  const t = useTranslations("versions.change");
  const format = useFormatter();
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refusalText = useRefusalText();
  const [reason, setReason] = useState("");
  const [toVersionId, setTo] = useState<number | null>(others[0]?.appVersionId ?? null);
  const { appVersionId } = version;
  const effect = useQuery(trpc.version.effect.queryOptions({ appVersionId }, { staleTime: 0 }));
  const onSuccess = () => queries.invalidateQueries();
  const deprecate = useMutation(trpc.version.deprecate.mutationOptions({ onSuccess }));
  const withdraw = useMutation(trpc.version.withdraw.mutationOptions({ onSuccess }));
  const replace = useMutation(trpc.version.replace.mutationOptions({ onSuccess }));
  const failed = effect.error ?? deprecate.error ?? withdraw.error ?? replace.error;
  if (effect.isPending) return <Skeleton className="mt-4 h-24" label={t("counting")} />;
  if (effect.data === undefined) return <FormError>{refusalText(failed)}</FormError>;

  const { open, unsent, completed, countedMax } = effect.data;
  const amount = (count: number) =>
    count > countedMax ? t("moreThan", { count: format.number(countedMax) }) : format.number(count);
  const isBusy = deprecate.isPending || withdraw.isPending || replace.isPending;
  const named = { version: version.version };
  const change = { appVersionId, reason: reason.trim() };
  const target = others.find((other) => other.appVersionId === toVersionId);
  return (
    <div className="mt-4 space-y-5">
      <Field label={t("reason")} hint={t("reasonHint")}>
        {(wiring) => (
          <Input {...wiring} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
      {version.state === "published" ? (
        <Choice text={t("deprecateText")}>
          <ConfirmDialog
            trigger={t("deprecate")}
            title={t("deprecateTitle", named)}
            text={t("deprecateEffect", { open: amount(open) })}
            confirm={t("deprecate")}
            cancel={t("cancel")}
            disabled={isBusy || change.reason === ""}
            onConfirm={() => deprecate.mutate(change)}
          />
        </Choice>
      ) : null}
      <Choice text={t("withdrawText")}>
        <ConfirmDialog
          trigger={t("withdraw")}
          title={t("withdrawTitle", named)}
          text={t("withdrawEffect", { open: amount(open), completed: amount(completed) })}
          confirm={t("withdraw")}
          cancel={t("cancel")}
          disabled={isBusy || change.reason === ""}
          onConfirm={() => withdraw.mutate(change)}
        />
      </Choice>
      <Choice text={t(others.length === 0 ? "replaceNone" : "replaceText")}>
        {others.length === 0 ? null : (
          <div className="flex flex-wrap items-end gap-3">
            <Field label={t("replaceBy")}>
              {(wiring) => (
                <Select {...wiring} value={toVersionId ?? ""} onChange={(event) => setTo(Number(event.target.value))}>
                  {others.map((other) => (
                    <option key={other.appVersionId} value={other.appVersionId}>
                      {other.version}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <ConfirmDialog
              trigger={t("replace")}
              title={t("replaceTitle", { ...named, other: target?.version ?? "" })}
              text={t("replaceEffect", { unsent: amount(unsent) })}
              confirm={t("replace")}
              cancel={t("cancel")}
              disabled={isBusy || target === undefined || unsent === 0}
              onConfirm={() =>
                target && replace.mutate({ fromVersionId: appVersionId, toVersionId: target.appVersionId })
              }
            />
          </div>
        )}
      </Choice>
      {failed ? <FormError>{refusalText(failed)}</FormError> : null}
      {replace.data ? <FormDone>{t("replaced", { count: replace.data.replaced })}</FormDone> : null}
    </div>
  );
}

function Choice({ text, children }: { text: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-2 sm:flex-row sm:items-center sm:justify-between sm:gap-6">
      <p className="max-w-prose text-sm text-pretty text-muted">{text}</p>
      <div className="shrink-0">{children}</div>
    </div>
  );
}
