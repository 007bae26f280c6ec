"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Field, FormDone, FormError, Input } from "../../components/form/field.tsx";
import { Badge } from "../../components/ui/badge.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import { useRefusalText } from "../../lib/refusal-text.ts";
import { type BatchProgress, useTRPC } from "../../lib/trpc.tsx";

/** Who is told of the batch, and when it stops itself: changed while it runs, and in effect at once. */
export function NoticesCard({ batch, isAdmin, isOver }: { batch: BatchProgress; isAdmin: boolean; isOver: boolean }) {
  const t = useTranslations("batch.told");
  return (
    <Card className="space-y-5" data-testid="notices">
      <CardTitle>{t("title")}</CardTitle>
      {isOver ? null : <NoticesForm batch={batch} />}
      {isAdmin ? <Webhooks slug={batch.project} /> : null}
      <p className="text-sm text-muted">
        {t.rich("webhooks", {
          link: (text) => (
            <Link href={`/projects/${batch.project}/settings#handlers`} className="underline">
              {text}
            </Link>
          ),
        })}
      </p>
    </Card>
  );
}

function NoticesForm({ batch }: { batch: BatchProgress }) {
  const t = useTranslations("batch.told");
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refusalText = useRefusalText();
  const before = batch.stopAbove === null ? "" : String(percentOf(batch.stopAbove));
  // Only what is changed here is written: what others changed meanwhile stays.
  const [changed, setChanged] = useState<{ stopPercent?: string; mailsMe?: boolean }>({});
  const { stopPercent = before, mailsMe = batch.mailsMe ?? false } = changed;
  const change = useMutation(
    trpc.batch.setNotices.mutationOptions({
      onSuccess: async () => {
        await queries.invalidateQueries({ queryKey: trpc.batch.pathKey() });
        setChanged({});
      },
    }),
  );
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        const stopAbove = stopPercent.trim() === "" ? null : Number(stopPercent) / 100;
        change.mutate({
          batchId: batch.batchId,
          ...(changed.stopPercent === undefined ? {} : { stopAbove }),
          ...(changed.mailsMe === undefined ? {} : { mailsMe }),
        });
      }}
    >
      {batch.mailsMe === null ? null : (
        <label className="flex items-start gap-2">
          <input
            type="checkbox"
            className="mt-1 size-4 accent-accent"
            checked={mailsMe}
            onChange={({ target }) => setChanged({ ...changed, mailsMe: target.checked })}
          />
          {t("mail")}
        </label>
      )}
      <div className="flex flex-wrap items-end gap-3">
        <Field label={t("stop")} className="w-64">
          {(wiring) => (
            <Input
              {...wiring}
              type="number"
              min={0}
              max={100}
              step="any"
              value={stopPercent}
              onChange={({ target }) => setChanged({ ...changed, stopPercent: target.value })}
            />
          )}
        </Field>
        <Button type="submit" variant="outline" disabled={change.isPending}>
          {t("save")}
        </Button>
        <p className="max-w-prose flex-1 basis-60 text-sm text-muted">{t("stopText")}</p>
      </div>
      {change.isError ? <FormError>{refusalText(change.error)}</FormError> : null}
      {change.isSuccess ? <FormDone>{t("saved")}</FormDone> : null}
    </form>
  );
}

/** A share as what stands in the field: without the digits that multiplying adds. */
const percentOf = (share: number) => Number((share * 100).toPrecision(12));

/** For admins: others are not told where a project's webhooks lead. */
function Webhooks({ slug }: { slug: string }) {
  const t = useTranslations("batch.told");
  const trpc = useTRPC();
  const refusalText = useRefusalText();
  const handlers = useQuery(trpc.handler.list.queryOptions({ slug }));
  if (handlers.isError) return <FormError>{refusalText(handlers.error)}</FormError>;
  const webhooks = handlers.data?.filter(({ kind }) => kind === "webhook") ?? [];
  if (handlers.data === undefined) return null;
  if (webhooks.length === 0) return <p className="text-sm text-muted">{t("noWebhook")}</p>;
  return (
    <ul className="space-y-2" aria-label={t("webhookList")}>
      {webhooks.map(({ id, url, enabled, failingSinceSeconds }) => (
        <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span className="font-mono text-sm break-all">{url}</span>
          <Badge tone={!enabled ? "neutral" : failingSinceSeconds === null ? "good" : "bad"}>
            {t(!enabled ? "off" : failingSinceSeconds === null ? "on" : "failing")}
          </Badge>
        </li>
      ))}
    </ul>
  );
}
