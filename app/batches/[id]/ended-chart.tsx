"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Area, AreaChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { Ended } from "./ended-over-time.tsx";

const DAY = 86_400;

export default function EndedChart({ points, description }: { points: readonly Ended[]; description: string }) {
  const t = useTranslations("batch");
  const format = useFormatter();
  const first = points[0]?.atSeconds ?? 0;
  const isLong = (points.at(-1)?.atSeconds ?? 0) - first > DAY;
  const label = (seconds: number) =>
    format.dateTime(
      new Date(seconds * 1000),
      isLong ? { day: "numeric", month: "short", hour: "2-digit" } : { hour: "2-digit", minute: "2-digit" },
    );
  return (
    <div className="mt-4 h-56" role="img" aria-label={description}>
      <ResponsiveContainer>
        <AreaChart data={[...points]} margin={{ left: 0, right: 4, top: 4 }} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="atSeconds"
            type="number"
            domain={["dataMin", "dataMax"]}
            tickFormatter={label}
            stroke="var(--muted)"
            fontSize={12}
            minTickGap={48}
          />
          <YAxis
            stroke="var(--muted)"
            fontSize={12}
            width="auto"
            allowDecimals={false}
            tickFormatter={(value) => format.number(Number(value), { notation: "compact" })}
          />
          <Tooltip
            labelFormatter={(value) => label(Number(value))}
            formatter={(value) => format.number(Number(value))}
            contentStyle={{ background: "var(--surface)", borderColor: "var(--line)", borderRadius: 12 }}
          />
          <Legend />
          <Area
            dataKey="confirmed"
            name={t("confirmed")}
            stroke="var(--good)"
            fill="var(--good-soft)"
            strokeWidth={2}
            isAnimationActive={false}
          />
          <Area
            dataKey="failed"
            name={t("failed")}
            stroke="var(--bad)"
            fill="var(--bad-soft)"
            strokeWidth={2}
            strokeDasharray="6 3"
            isAnimationActive={false}
          />
        </AreaChart>
      </ResponsiveContainer>
    </div>
  );
}
