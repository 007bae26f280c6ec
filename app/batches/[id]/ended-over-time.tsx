"use client";

import dynamic from "next/dynamic";
import { useFormatter, useTranslations } from "next-intl";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import { Loading } from "../../components/ui/loading.tsx";
import type { BatchDetails, BatchProgress } from "../../lib/trpc.tsx";

const EndedChart = dynamic(() => import("./ended-chart.tsx"), {
  ssr: false,
  loading: () => <Loading className="mt-4 h-56" />,
});

export type Ended = { atSeconds: number; confirmed: number; failed: number };

/** How many were confirmed by when: the sums of what each stretch of time brought, from its creation on. */
export function EndedOverTime({ batch, history }: { batch: BatchProgress; history: BatchDetails["history"] }) {
  const t = useTranslations("batch");
  const format = useFormatter();
  let [confirmed, failed] = [0, 0];
  const points: Ended[] = [{ atSeconds: batch.createdSeconds, confirmed, failed }];
  for (const [index, stretch] of history.entries()) {
    confirmed += stretch.completed;
    failed += stretch.failed;
    // A stretch is known by where it begins; what it brought was there at its end.
    const next = history[index + 1]?.atSeconds ?? batch.doneSeconds ?? batch.nowSeconds;
    points.push({ atSeconds: Math.max(stretch.atSeconds + 1, next), confirmed, failed });
  }
  return (
    <Card>
      <CardTitle>{t("overTime")}</CardTitle>
      {history.length === 0 ? (
        <p className="mt-2 text-muted">{t("overTimeNone")}</p>
      ) : (
        <EndedChart
          points={points}
          description={t("overTimeAlt", { confirmed: format.number(confirmed), failed: format.number(failed) })}
        />
      )}
    </Card>
  );
}
