"use client";

import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { When } from "../components/when.tsx";
import type { MyCredit } from "../lib/trpc.tsx";
import { cobblestones } from "../lib/units.ts";

/** What has no credit yet, the oldest first, and what each of it waits for. */
export function PendingCredit({ pending }: { pending: MyCredit["pending"] }) {
  const t = useTranslations("credit.waiting");
  const format = useFormatter();
  const amount = (micro: number) => format.number(cobblestones(micro), { maximumFractionDigits: 4 });
  return (
    <Card data-testid="pending">
      <CardTitle className="mb-2">{t("title")}</CardTitle>
      {pending.count === 0 ? (
        <p className="text-muted">{t("none")}</p>
      ) : (
        <p className="max-w-prose text-muted">
          {t("text", { count: pending.count, credit: amount(pending.expectedMicro) })}
        </p>
      )}
      <ul className="mt-3 divide-y">
        {pending.results.map((result) => (
          <li key={result.resultId} className="flex flex-wrap justify-between gap-x-4 py-2">
            <span className="min-w-0">
              <Link href={`/workunits/${result.workunitId}`} className="font-medium hover:underline">
                {result.workunitName}
              </Link>{" "}
              <span className="text-muted">
                {result.project} · {t("since")} <When seconds={result.reportedSeconds} />
              </span>
              <span className="block text-sm text-wait">{t(`reason.${result.reason}`)}</span>
            </span>
            <span className="text-muted tabular-nums">{amount(result.expectedMicro)}</span>
          </li>
        ))}
      </ul>
      {pending.count > pending.results.length ? (
        <p className="mt-2 text-sm text-muted">{t("more", { count: pending.count - pending.results.length })}</p>
      ) : null}
    </Card>
  );
}
