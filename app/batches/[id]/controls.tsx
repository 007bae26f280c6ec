"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pause, Play, RotateCcw, Undo2 } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useState } from "react";
import { seenState } from "../../components/batch-state.tsx";
import { Field, FormDone, FormError, Input } from "../../components/form/field.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import { useRefusalText } from "../../lib/refusal-text.ts";
import { type BatchProgress, useTRPC } from "../../lib/trpc.tsx";

/** What its people can do with a batch; each button says what follows. */
export function Controls({ batch }: { batch: BatchProgress }) {
  const t = useTranslations("batch.control");
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refusalText = useRefusalText();
  const { batchId } = batch;
  const onSuccess = () => queries.invalidateQueries({ queryKey: trpc.batch.pathKey() });
  const pause = useMutation(trpc.batch.pause.mutationOptions({ onSuccess }));
  const resume = useMutation(trpc.batch.resume.mutationOptions({ onSuccess }));
  const cancel = useMutation(trpc.batch.cancel.mutationOptions({ onSuccess }));
  const undo = useMutation(trpc.batch.undoCancel.mutationOptions({ onSuccess }));
  const retry = useMutation(trpc.batch.retryFailed.mutationOptions({ onSuccess }));
  const all = [pause, resume, cancel, undo, retry];
  const isBusy = all.some((each) => each.isPending);
  const latest = all.filter((each) => each.submittedAt > 0).sort((a, b) => b.submittedAt - a.submittedAt)[0];
  const state = seenState(batch);
  const isLive = state === "open" || state === "paused" || state === "stopped" || state === "cancelling";
  return (
    <Card className="space-y-5" data-testid="controls">
      <CardTitle>{t("title")}</CardTitle>
      {state === "cancelling" ? (
        <div className="flex flex-wrap items-center gap-4 rounded-xl bg-bad-soft p-4 text-bad" role="alert">
          <p>
            <Countdown batch={batch} />
          </p>
          <Button variant="outline" size="sm" disabled={isBusy} onClick={() => undo.mutate({ batchId })}>
            <Undo2 aria-hidden="true" />
            {t("undo")}
          </Button>
        </div>
      ) : null}
      <ul className="space-y-4">
        {isLive && batch.state === "open" ? (
          <Action text={t("pauseText")}>
            <Button variant="outline" disabled={isBusy} onClick={() => pause.mutate({ batchId })}>
              <Pause aria-hidden="true" />
              {t("pause")}
            </Button>
          </Action>
        ) : null}
        {isLive && batch.state === "paused" ? (
          <Action text={t("resumeText")}>
            <Button variant="outline" disabled={isBusy} onClick={() => resume.mutate({ batchId })}>
              <Play aria-hidden="true" />
              {t("resume")}
            </Button>
          </Action>
        ) : null}
        {isLive && state !== "cancelling" ? (
          <Action text={t("cancelText")}>
            <Button variant="danger" disabled={isBusy} onClick={() => cancel.mutate({ batchId })}>
              {t("cancel")}
            </Button>
          </Action>
        ) : null}
        {batch.failed > 0 ? (
          <Action text={t("retryText")}>
            <Button variant="outline" disabled={isBusy} onClick={() => retry.mutate({ batchId })}>
              <RotateCcw aria-hidden="true" />
              {t("retry")}
            </Button>
          </Action>
        ) : null}
      </ul>
      {isLive ? <Priority batch={batch} /> : null}
      {!isLive && batch.failed === 0 ? <p className="text-muted">{t("nothing")}</p> : null}
      {retry.data === undefined ? null : (
        <FormDone>
          {t.rich("retried", {
            count: retry.data.workunits,
            link: (text) => (
              <Link href={`/batches/${retry.data?.batchId}`} className="underline">
                {text}
              </Link>
            ),
          })}
        </FormDone>
      )}
      {latest?.error ? <FormError>{refusalText(latest.error)}</FormError> : null}
      {isLive && !batch.isSettled ? (
        <p role="status" className="text-sm text-muted">
          {t("settling")}
        </p>
      ) : null}
    </Card>
  );
}

function Action({ text, children }: { text: string; children: ReactNode }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <span className="min-w-40">{children}</span>
      <span className="max-w-prose flex-1 basis-60 text-sm text-muted">{text}</span>
    </li>
  );
}

const SECOND_MS = 1_000;

/** Seconds until it is cancelled, by the server's clock as far as this device can tell. */
function Countdown({ batch: { cancelSeconds, nowSeconds } }: { batch: BatchProgress }) {
  const t = useTranslations("batch.control");
  const [left, setLeft] = useState((cancelSeconds ?? 0) - nowSeconds);
  useEffect(() => {
    const dueMs = performance.now() + ((cancelSeconds ?? 0) - nowSeconds) * SECOND_MS;
    const tick = () => setLeft(Math.max(0, Math.ceil((dueMs - performance.now()) / SECOND_MS)));
    tick();
    const timer = setInterval(tick, SECOND_MS);
    return () => clearInterval(timer);
  }, [cancelSeconds, nowSeconds]);
  return <>{left > 0 ? t("countdown", { seconds: left }) : t("cancelling")}</>;
}

function Priority({ batch }: { batch: BatchProgress }) {
  const t = useTranslations("batch.control");
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refusalText = useRefusalText();
  const [text, setText] = useState(String(batch.priority ?? 0));
  const change = useMutation(
    trpc.batch.setPriority.mutationOptions({
      onSuccess: () => queries.invalidateQueries({ queryKey: trpc.batch.pathKey() }),
    }),
  );
  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate({ batchId: batch.batchId, priority: Number(text) });
      }}
    >
      <div className="flex flex-wrap items-end gap-3">
        <Field label={t("priority")} className="w-40">
          {(wiring) => (
            <Input
              {...wiring}
              type="number"
              required
              step={1}
              min={-1_000_000}
              max={1_000_000}
              value={text}
              onChange={({ target }) => setText(target.value)}
            />
          )}
        </Field>
        <Button type="submit" variant="outline" disabled={change.isPending}>
          {t("setPriority")}
        </Button>
        <p className="max-w-prose flex-1 basis-60 text-sm text-muted">{t("priorityText")}</p>
      </div>
      {change.isError ? <FormError>{refusalText(change.error)}</FormError> : null}
      {change.isSuccess ? <FormDone>{t("prioritySet")}</FormDone> : null}
    </form>
  );
}
