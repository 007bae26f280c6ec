"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "../../components/ui/button.tsx";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import { Skeleton } from "../../components/ui/states.tsx";
import { Table, Td, Th } from "../../components/ui/table.tsx";
import { hasMessage } from "../../lib/has-message.ts";
import { useRefusalText } from "../../lib/refusal-text.ts";
import { type BatchDetails, useTRPC } from "../../lib/trpc.tsx";

const PAGE = 25;

type Props = { batchId: number; details: BatchDetails; mayReadData: boolean };

/**
 * Why workunits failed, each with its stories, for whoever may see those; and why single results did not succeed, which costs
 * only time.
 */
export function Failures({ batchId, details, mayReadData }: Props) {
  const t = useTranslations("batch.failure");
  const format = useFormatter();
  const [open, setOpen] = useState<string | null>(null);
  const { failures, resultErrors } = details;
  const name = (reason: string) => (t.has(`reason.${reason}`) ? t(`reason.${reason}`) : reason);
  return (
    <Card>
      <CardTitle>{t("title")}</CardTitle>
      {failures.length === 0 ? <p className="mt-2 text-muted">{t("none")}</p> : null}
      <ul className="mt-2 divide-y">
        {failures.map(({ reason, workunits }) => (
          <li key={reason} className="py-3">
            <div className="flex flex-wrap items-center justify-between gap-3">
              <span>
                {name(reason)} <span className="text-muted tabular-nums">({format.number(workunits)})</span>
              </span>
              {mayReadData ? (
                <Button
                  variant="outline"
                  size="sm"
                  aria-expanded={open === reason}
                  onClick={() => setOpen((before) => (before === reason ? null : reason))}
                >
                  {t(open === reason ? "hide" : "show")}
                </Button>
              ) : null}
            </div>
            {open === reason ? <Failed batchId={batchId} reason={reason} /> : null}
          </li>
        ))}
      </ul>
      {resultErrors.length === 0 ? null : (
        <>
          <h3 className="mt-5 font-medium">{t("results")}</h3>
          <p className="text-sm text-muted">{t("resultsText")}</p>
          <Table label={t("results")} className="mt-2">
            <thead>
              <tr>
                <Th className="w-full">{t("code")}</Th>
                <Th className="whitespace-nowrap">{t("count")}</Th>
              </tr>
            </thead>
            <tbody>
              {resultErrors.map(({ code, results }) => (
                <tr key={code}>
                  <Td>
                    <ErrorText code={code} />
                  </Td>
                  <Td>{format.number(results)}</Td>
                </tr>
              ))}
            </tbody>
          </Table>
        </>
      )}
    </Card>
  );
}

/** What a device reported, or what became of a result that reported nothing; the code beside it is the one that the API tells. */
function ErrorText({ code }: { code: string }) {
  const t = useTranslations("batch.failure");
  const device = useTranslations("reason.device");
  const outcome = `outcome.${code}`;
  const known = hasMessage(device, code) ? device(code) : hasMessage(t, outcome) ? t(outcome) : null;
  return (
    <>
      {known} <span className="font-mono text-xs whitespace-nowrap text-muted">{code}</span>
    </>
  );
}

function Failed({ batchId, reason }: { batchId: number; reason: string }) {
  const t = useTranslations("batch.failure");
  const trpc = useTRPC();
  const refusalText = useRefusalText();
  const [before, setBefore] = useState<number[]>([]);
  const afterId = before.at(-1) ?? 0;
  const found = useQuery(
    trpc.batch.workunits.queryOptions(
      { batchId, state: "failed", reason, afterId, limit: PAGE },
      { placeholderData: keepPreviousData },
    ),
  );
  if (found.isError) return <p className="mt-2 text-bad">{refusalText(found.error)}</p>;
  if (found.data === undefined) return <Skeleton className="mt-2 h-24" label={t("title")} />;
  const last = found.data.at(-1)?.workunitId;
  return (
    <div className="mt-3">
      <ul className="grid gap-x-6 gap-y-1 sm:grid-cols-2">
        {found.data.map(({ workunitId, name, retriedAs }) => (
          <li key={workunitId} className="min-w-0 truncate">
            <Link href={`/workunits/${workunitId}`} className="underline">
              {name}
            </Link>
            {retriedAs === null ? null : (
              <>
                {" "}
                <Link href={`/workunits/${retriedAs}`} className="text-sm text-muted underline">
                  {t("retried")}
                </Link>
              </>
            )}
          </li>
        ))}
      </ul>
      <div className="mt-3 flex gap-2">
        {before.length > 0 ? (
          <Button variant="outline" size="sm" onClick={() => setBefore((pages) => pages.slice(0, -1))}>
            {t("earlier")}
          </Button>
        ) : null}
        {found.data.length === PAGE && last !== undefined ? (
          <Button variant="outline" size="sm" onClick={() => setBefore((pages) => [...pages, last])}>
            {t("later")}
          </Button>
        ) : null}
      </div>
    </div>
  );
}
