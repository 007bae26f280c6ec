"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Area, AreaChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { SiteStatus } from "../lib/trpc.tsx";

/** Reported and confirmed answers per ten minutes. */
export default function HistoryChart({ history }: { history: SiteStatus["history"] }) {
  const t = useTranslations("status");
  const format = useFormatter();
  const label = (seconds: number) => format.dateTime(new Date(seconds * 1000), { hour: "2-digit", minute: "2-digit" });
  return (
    <div className="mt-3 h-72" role="img" aria-label={t("historyAlt")}>
      <ResponsiveContainer>
        <AreaChart data={history} margin={{ left: -12, right: 4, top: 4 }}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis dataKey="atSeconds" tickFormatter={label} stroke="var(--muted)" fontSize={12} minTickGap={32} />
          <YAxis stroke="var(--muted)" fontSize={12} allowDecimals={false} />
          <Tooltip
            labelFormatter={(value) => label(Number(value))}
            contentStyle={{ background: "var(--surface)", borderColor: "var(--line)", borderRadius: 12 }}
          />
          <Legend />
          <Area
            dataKey="reported"
            name={t("reported")}
            stroke="var(--wait)"
            fill="var(--wait-soft)"
            strokeWidth={2}
            isAnimationActive={false}
          />
          <Area
            dataKey="confirmed"
            name={t("confirmedSeries")}
            stroke="var(--good)"
            fill="var(--good-soft)"
            strokeWidth={2}
            isAnimationActive={false}
          />
        </AreaChart>
      </ResponsiveContainer>
    </div>
  );
}
