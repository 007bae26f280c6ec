"use client";

import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { SLOW_LIVE_MS, useTRPC } from "../../lib/trpc.tsx";
import { Card, CardTitle } from "../ui/card.tsx";
import { Empty, Skeleton, Stat } from "../ui/states.tsx";

/** How many confirmed reads cover each part of the genome. */
export default function AlignCoverage({ slug }: { slug: string }) {
  const t = useTranslations("align");
  const format = useFormatter();
  const trpc = useTRPC();
  const { data } = useQuery(trpc.science.align.queryOptions({ slug }, { refetchInterval: SLOW_LIVE_MS }));
  if (data === undefined) return <Skeleton className="h-80" label={t("title")} />;
  const width = data.genomeLength / data.coverage.length;
  const points = data.coverage.map((depth, bin) => ({ position: Math.round(bin * width), depth }));
  const mean = data.coverage.reduce((sum, depth) => sum + depth, 0) / Math.max(1, data.coverage.length);
  return (
    <Card>
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 text-sm text-muted">{t("text")}</p>
      {data.reads === 0 ? (
        <div className="mt-4">
          <Empty title={t("none")} />
        </div>
      ) : (
        <>
          <dl
            className="mt-4 grid grid-cols-2 gap-4 sm:grid-cols-4"
            data-testid="align-summary"
            data-reads={data.reads}
          >
            <Stat label={t("reads")} value={format.number(data.reads)} />
            <Stat label={t("mapped")} value={format.number(data.mapped)} />
            <Stat label={t("unmapped")} value={format.number(data.reads - data.mapped)} />
            <Stat label={t("depth")} value={format.number(mean, { maximumFractionDigits: 1 })} />
          </dl>
          <div className="mt-4 h-64" role="img" aria-label={t("alt", { bases: data.genomeLength })}>
            <ResponsiveContainer>
              <AreaChart data={points} margin={{ left: -12, right: 4, top: 4 }}>
                <CartesianGrid vertical={false} stroke="var(--line)" />
                <XAxis
                  dataKey="position"
                  type="number"
                  domain={[0, data.genomeLength]}
                  tickFormatter={(value) => format.number(Number(value))}
                  stroke="var(--muted)"
                  fontSize={12}
                />
                <YAxis stroke="var(--muted)" fontSize={12} />
                <Tooltip
                  labelFormatter={(value) => `${t("position")} ${format.number(Number(value))}`}
                  formatter={(value) => format.number(Number(value), { maximumFractionDigits: 1 })}
                  contentStyle={{ background: "var(--surface)", borderColor: "var(--line)", borderRadius: 12 }}
                />
                <Area
                  dataKey="depth"
                  name={t("coverage")}
                  type="step"
                  stroke="var(--accent)"
                  fill="var(--accent-soft)"
                  isAnimationActive={false}
                />
              </AreaChart>
            </ResponsiveContainer>
          </div>
        </>
      )}
    </Card>
  );
}
