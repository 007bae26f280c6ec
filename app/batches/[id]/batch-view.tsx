"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { BatchState, seenState } from "../../components/batch-state.tsx";
import { PageTitle } from "../../components/page-title.tsx";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import { Progress } from "../../components/ui/progress.tsx";
import { Skeleton, Stat } from "../../components/ui/states.tsx";
import { When } from "../../components/when.tsx";
import { useRefusalText } from "../../lib/refusal-text.ts";
import { type BatchDetails, type BatchProgress, LIVE_MS, SLOW_LIVE_MS, useTRPC } from "../../lib/trpc.tsx";
import { useDuration } from "../../status/use-duration.ts";
import { Controls } from "./controls.tsx";
import { Downloads } from "./downloads.tsx";
import { EndedOverTime } from "./ended-over-time.tsx";
import { Failures } from "./failures.tsx";
import { NoticesCard } from "./notices-card.tsx";
import { Reduce } from "./reduce.tsx";

type Rights = { mayControl: boolean; isAdmin: boolean; mayReadData: boolean };

/** A batch: how far, how fast, what went wrong, what can be done with it, and its results. Live until it is done. */
export function BatchView(props: { initial: BatchProgress; projectName: string; rights: Rights }) {
  const { initial, projectName, rights } = props;
  const t = useTranslations("batch");
  const trpc = useTRPC();
  const { batchId } = initial;
  const isOver = (batch: BatchProgress | undefined) =>
    batch !== undefined && ["done", "cancelled"].includes(seenState(batch)) && batch.isSettled;
  const batch =
    useQuery(
      trpc.batch.get.queryOptions(
        { batchId },
        { initialData: initial, refetchInterval: (query) => (isOver(query.state.data) ? SLOW_LIVE_MS : LIVE_MS) },
      ),
    ).data ?? initial;
  const isMade = batch.state !== "draft" && batch.state !== "creating";
  const details = useQuery(
    trpc.batch.details.queryOptions(
      { batchId },
      {
        enabled: isMade,
        refetchInterval: (query) => (isOver(batch) && isCounted(batch, query.state.data) ? false : LIVE_MS * 2),
        placeholderData: keepPreviousData,
      },
    ),
  );
  return (
    <div className="space-y-6">
      <PageTitle
        title={batch.name}
        lead={t.rich("of", {
          app: batch.app,
          version: batch.version,
          project: () => (
            <Link href={`/projects/${batch.project}`} className="underline">
              {projectName}
            </Link>
          ),
        })}
      >
        <BatchState batch={batch} className="px-4 py-1.5 text-base" />
      </PageTitle>
      <Notices batch={batch} />
      <div className="grid gap-6 lg:grid-cols-[2fr_1fr]">
        <Far batch={batch} details={details.data} />
        <Facts batch={batch} />
      </div>
      {rights.mayControl ? (
        <>
          <Controls batch={batch} />
          <NoticesCard
            batch={batch}
            isAdmin={rights.isAdmin}
            isOver={["done", "cancelled"].includes(seenState(batch))}
          />
        </>
      ) : null}
      {isMade ? <DetailCards batch={batch} answer={details} mayReadData={rights.mayReadData} /> : null}
      {isMade && rights.mayReadData ? (
        <>
          <Downloads batch={batch} />
          <Reduce batchId={batchId} confirmed={batch.completed} />
        </>
      ) : null}
    </div>
  );
}

/** Counting comes a moment after the decisions: whether everything that was decided is counted, and nobody computes any more. */
function isCounted(batch: BatchProgress, details: BatchDetails | undefined): boolean {
  if (details === undefined) return false;
  const counted = details.history.reduce((sum, { completed, failed }) => sum + completed + failed, 0);
  return details.inProgress === 0 && counted >= batch.completed + batch.failed;
}

function DetailCards({
  batch,
  answer,
  mayReadData,
}: {
  batch: BatchProgress;
  answer: { data: BatchDetails | undefined; error: unknown };
  mayReadData: boolean;
}) {
  const t = useTranslations("batch");
  const refusalText = useRefusalText();
  if (answer.data === undefined) {
    return answer.error === null ? (
      <Skeleton className="h-64" label={t("counting")} />
    ) : (
      <p role="alert" className="rounded-xl bg-bad-soft p-3 text-bad">
        {refusalText(answer.error)}
      </p>
    );
  }
  return (
    <>
      <EndedOverTime batch={batch} history={answer.data.history} />
      <Numbers details={answer.data} />
      <Failures batchId={batch.batchId} details={answer.data} mayReadData={mayReadData} />
    </>
  );
}

/** What somebody has to know before anything else. */
function Notices({ batch }: { batch: BatchProgress }) {
  const t = useTranslations("batch.notice");
  const state = seenState(batch);
  return (
    <>
      {state === "stopped" ? (
        <p className="rounded-xl bg-bad-soft p-4 text-bad" role="status">
          {t("stopped", { failed: batch.failed, ended: batch.completed + batch.failed })}
        </p>
      ) : null}
      {state === "draft" ? <p className="rounded-xl bg-wait-soft p-4 text-wait">{t("draft")}</p> : null}
      {batch.retryOf === null ? null : (
        <p>
          {t.rich("retryOf", {
            link: (text) => (
              <Link href={`/batches/${batch.retryOf}`} className="underline">
                {text}
              </Link>
            ),
          })}
        </p>
      )}
      {batch.retries.length === 0 ? null : (
        <p>
          {t("retries")}{" "}
          {batch.retries.map((id) => (
            <Link key={id} href={`/batches/${id}`} className="mr-2 underline">
              {t("batch", { id })}
            </Link>
          ))}
        </p>
      )}
    </>
  );
}

function Far({ batch, details }: { batch: BatchProgress; details: BatchDetails | undefined }) {
  const t = useTranslations("batch");
  const format = useFormatter();
  const duration = useDuration();
  const isMaking = batch.state === "creating";
  const ended = batch.completed + batch.failed;
  const isDone = batch.workunits > 0 && ended >= batch.workunits;
  const share = isMaking ? 0 : batch.workunits === 0 ? 0 : batch.completed / batch.workunits;
  const rate = details?.perSecond ?? null;
  return (
    <Card>
      <CardTitle>{isMaking ? t("making") : t("progress")}</CardTitle>
      <Progress className="mt-4 h-3" value={share} label={t("progress")} />
      <dl className="mt-4 grid grid-cols-2 gap-4 sm:grid-cols-3" data-testid="batch-numbers">
        <Stat label={t("workunits")} value={format.number(isMaking ? batch.created : batch.workunits)} />
        <Stat label={t("confirmed")} value={<span data-testid="confirmed">{format.number(batch.completed)}</span>} />
        <Stat label={t("failed")} value={format.number(batch.failed)} />
        {details === undefined || details.recalled === 0 ? null : (
          <Stat
            label={t("recalled")}
            value={<span className="text-bad">{format.number(details.recalled)}</span>}
            hint={t("recalledHint")}
          />
        )}
        <Stat
          label={t("pace")}
          value={rate === null ? "–" : t("perHour", { count: Math.round(rate * 3_600) })}
          hint={t("paceHint")}
        />
        <Stat
          label={t("left")}
          value={
            isDone
              ? t("nothingLeft")
              : details === undefined || details.doneInSeconds === null
                ? "–"
                : duration(details.doneInSeconds)
          }
          hint={t("leftHint")}
        />
      </dl>
      {details !== undefined && !isDone && details.waiting === 0 && details.tail.workunits > 0 ? (
        <p className="mt-4 text-muted" data-testid="tail">
          {t("tail", { count: details.tail.workunits, oldest: duration(details.tail.oldestSeconds ?? 0) })}
        </p>
      ) : null}
    </Card>
  );
}

function Facts({ batch }: { batch: BatchProgress }) {
  const t = useTranslations("batch");
  const format = useFormatter();
  const facts = [
    [t("created"), <When key="created" seconds={batch.createdSeconds} />],
    [t("done"), <When key="done" seconds={batch.doneSeconds} />],
    [t("priority"), batch.priority === null ? t("priorityOwn") : format.number(batch.priority)],
    [
      t("stops"),
      batch.stopAbove === null
        ? t("stopsNever")
        : t("stopsAbove", { share: format.number(batch.stopAbove, { style: "percent", maximumFractionDigits: 1 }) }),
    ],
  ] as const;
  return (
    <Card>
      <CardTitle>{t("facts")}</CardTitle>
      <dl className="mt-3 space-y-2">
        {facts.map(([name, value]) => (
          <div key={name} className="flex flex-wrap justify-between gap-x-4">
            <dt className="text-muted">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {batch.key === null ? null : (
          <div>
            <dt className="text-muted">{t("key")}</dt>
            <dd className="font-mono text-sm break-all">{batch.key}</dd>
          </div>
        )}
      </dl>
      <Link href={`/projects/${batch.project}/batches`} className="mt-4 inline-block underline">
        {t("all")}
      </Link>
    </Card>
  );
}

function Numbers({ details }: { details: BatchDetails }) {
  const t = useTranslations("batch");
  const format = useFormatter();
  return (
    <Card>
      <CardTitle>{t("executions")}</CardTitle>
      <dl className="mt-4 grid grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-6">
        <Stat label={t("sent")} value={format.number(details.sent)} />
        <Stat label={t("now")} value={format.number(details.inProgress)} />
        <Stat label={t("waiting")} value={format.number(details.waiting)} />
        <Stat
          label={t("redundancy")}
          value={
            details.redundancy === null
              ? "–"
              : t("times", { factor: format.number(details.redundancy, { maximumFractionDigits: 2 }) })
          }
          hint={t("redundancyHint")}
        />
        <Stat label={t("disagreed")} value={format.number(details.disagreed)} hint={t("disagreedHint")} />
        <Stat label={t("errors")} value={format.number(details.errors)} />
      </dl>
    </Card>
  );
}
