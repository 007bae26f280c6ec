"use client";

import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Area, AreaChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { SiteStatus } from "../lib/trpc.tsx";

type Moment = SiteStatus["history"][number];
type Series = { key: keyof Moment; name: string; tone: "wait" | "good" | "bad" | "accent"; dashed?: boolean };
type Props = { history: readonly Moment[]; hours: number };

/** Small charts on one time axis: what came in, what was under way, what waited, who was here. */
export default function HistoryCharts({ history, hours }: Props) {
  const t = useTranslations("status");
  const format = useFormatter();
  const last = history.at(-1);
  const number = (value: number | null | undefined) =>
    value === null || value === undefined ? "–" : format.number(value, { maximumFractionDigits: 1 });
  return (
    <div className="mt-5 space-y-8">
      <div className="grid gap-8 lg:grid-cols-2">
        <TimeChart
          history={history}
          title={t("flow")}
          description={t("flowAlt", {
            hours,
            most: number(Math.max(...history.map((moment) => moment.reported))),
            confirmed: number(last?.confirmed),
          })}
          series={[
            { key: "reported", name: t("reported"), tone: "wait" },
            { key: "confirmed", name: t("confirmedSeries"), tone: "good", dashed: true },
          ]}
        />
        <TimeChart
          history={history}
          title={t("work")}
          description={t("workAlt", {
            hours,
            computing: number(last?.inProgress),
            checking: number(last?.beingChecked),
          })}
          series={[
            { key: "inProgress", name: t("computingShort"), tone: "accent" },
            { key: "beingChecked", name: t("checkingShort"), tone: "good", dashed: true },
          ]}
        />
        <TimeChart
          history={history}
          title={t("queues")}
          description={t("queuesAlt", { hours, waiting: number(last?.unsent) })}
          series={[{ key: "unsent", name: t("waitingShort"), tone: "wait" }]}
        />
        <TimeChart
          history={history}
          title={t("devicesChart")}
          description={t("devicesAlt", { hours, devices: number(last?.hosts) })}
          series={[{ key: "hosts", name: t("devicesShort"), tone: "accent" }]}
        />
      </div>
      {history.some((moment) => moment.unsent === null) ? <p className="text-sm text-muted">{t("gaps")}</p> : null}
    </div>
  );
}

type ChartProps = { history: readonly Moment[]; title: string; description: string; series: readonly Series[] };

function TimeChart({ history, title, description, series }: ChartProps): ReactNode {
  const format = useFormatter();
  const label = (seconds: number) => format.dateTime(new Date(seconds * 1000), { timeStyle: "short" });
  const number = (value: unknown) => format.number(Number(value), { maximumFractionDigits: 1 });
  return (
    <figure className="min-w-0">
      <figcaption className="text-sm font-medium">{title}</figcaption>
      <div className="mt-2 h-56" role="img" aria-label={description}>
        <ResponsiveContainer>
          <AreaChart data={[...history]} margin={{ left: 0, right: 4, top: 4 }} accessibilityLayer={false}>
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis dataKey="atSeconds" tickFormatter={label} stroke="var(--muted)" fontSize={12} minTickGap={32} />
            <YAxis
              stroke="var(--muted)"
              fontSize={12}
              width="auto"
              tickFormatter={(value) => format.number(Number(value), { notation: "compact" })}
            />
            <Tooltip
              labelFormatter={(value) => label(Number(value))}
              formatter={(value) => number(value)}
              contentStyle={{ background: "var(--surface)", borderColor: "var(--line)", borderRadius: 12 }}
            />
            {series.length > 1 ? <Legend wrapperStyle={{ fontSize: 12 }} /> : null}
            {series.map(({ key, name, tone, dashed }) => (
              <Area
                key={key}
                dataKey={key}
                name={name}
                stroke={`var(--${tone})`}
                fill={`var(--${tone}-soft)`}
                fillOpacity={0.5}
                strokeWidth={2}
                {...(dashed ? { strokeDasharray: "6 3" } : {})}
                connectNulls={false}
                isAnimationActive={false}
              />
            ))}
          </AreaChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
}
