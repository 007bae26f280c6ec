"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { BatchState } from "../../../components/batch-state.tsx";
import { FormError } from "../../../components/form/field.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Card } from "../../../components/ui/card.tsx";
import { Progress } from "../../../components/ui/progress.tsx";
import { Empty } from "../../../components/ui/states.tsx";
import { When } from "../../../components/when.tsx";
import { useRefusalText } from "../../../lib/refusal-text.ts";
import { type BatchProgress, LIVE_MS, useTRPC } from "../../../lib/trpc.tsx";

/** What the server gives at once. */
const PAGE = 20;

/** A project's batches, the newest first, live. */
export function BatchList({ slug, initial }: { slug: string; initial: BatchProgress[] }) {
  const t = useTranslations("batches");
  const trpc = useTRPC();
  const refusalText = useRefusalText();
  /** Last batch of each page before this one. */
  const [before, setBefore] = useState<number[]>([]);
  const beforeId = before.at(-1) ?? null;
  const found = useQuery(
    trpc.batch.list.queryOptions(
      { slug, beforeId, limit: PAGE },
      {
        refetchInterval: LIVE_MS,
        placeholderData: keepPreviousData,
        ...(beforeId === null ? { initialData: initial } : {}),
      },
    ),
  );
  const batches = found.data ?? initial;
  if (batches.length === 0 && beforeId === null) return <Empty title={t("none")}>{t("noneText")}</Empty>;
  return (
    <Card>
      {found.isError ? <FormError>{refusalText(found.error)}</FormError> : null}
      <ul className="divide-y" data-testid="batches">
        {batches.map((batch) => (
          <Batch key={batch.batchId} batch={batch} />
        ))}
      </ul>
      <div className="mt-4 flex gap-2">
        {before.length > 0 ? (
          <Button variant="outline" size="sm" onClick={() => setBefore((pages) => pages.slice(0, -1))}>
            {t("newer")}
          </Button>
        ) : null}
        {batches.length === PAGE ? (
          <Button
            variant="outline"
            size="sm"
            onClick={() => setBefore((pages) => [...pages, batches.at(-1)?.batchId ?? 1])}
          >
            {t("older")}
          </Button>
        ) : null}
      </div>
    </Card>
  );
}

function Batch({ batch }: { batch: BatchProgress }) {
  const t = useTranslations("batches");
  const format = useFormatter();
  const { batchId, name, app, version, workunits, completed, failed } = batch;
  return (
    <li className="grid items-center gap-x-6 gap-y-2 py-4 sm:grid-cols-[1fr_14rem]">
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Link href={`/batches/${batchId}`} className="min-w-0 truncate font-medium underline">
            {name}
          </Link>
          <BatchState batch={batch} />
        </div>
        <p className="mt-1 text-sm text-muted">
          {app} {version} · <When seconds={batch.createdSeconds} />
        </p>
      </div>
      <div>
        <Progress value={workunits === 0 ? 0 : completed / workunits} label={t("progressOf", { name })} />
        <p className="mt-1 text-sm text-muted tabular-nums">
          {t("confirmedOf", { completed: format.number(completed), workunits: format.number(workunits) })}
          {failed > 0 ? ` · ${t("failed", { count: failed })}` : ""}
        </p>
      </div>
    </li>
  );
}
