"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { MyCredit } from "../lib/trpc.tsx";
import { cobblestones } from "../lib/units.ts";

const DAYS = 30;
const DAY_SECONDS = 86_400;

/** Credit per day of the last thirty days; days without any are drawn as empty. */
export default function DayChart({ days }: { days: MyCredit["days"] }) {
  const t = useTranslations("credit");
  const format = useFormatter();
  const today = Math.floor(Date.now() / 1000 / DAY_SECONDS) * DAY_SECONDS;
  const known = new Map(days.map((day) => [day.daySeconds, cobblestones(day.micro)]));
  const data = Array.from({ length: DAYS }, (_, index) => {
    const daySeconds = today - (DAYS - 1 - index) * DAY_SECONDS;
    return { day: daySeconds, credit: known.get(daySeconds) ?? 0 };
  });
  const label = (seconds: number) => format.dateTime(new Date(seconds * 1000), { day: "numeric", month: "short" });
  return (
    <div className="mt-3 h-64" role="img" aria-label={t("overTimeAlt")}>
      <ResponsiveContainer>
        <BarChart data={data} margin={{ left: -12, right: 4, top: 4 }}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis dataKey="day" tickFormatter={label} stroke="var(--muted)" fontSize={12} minTickGap={24} />
          <YAxis stroke="var(--muted)" fontSize={12} allowDecimals />
          <Tooltip
            labelFormatter={(value) => label(Number(value))}
            contentStyle={{ background: "var(--surface)", borderColor: "var(--line)", borderRadius: 12 }}
            cursor={{ fill: "var(--sunken)" }}
          />
          <Bar
            dataKey="credit"
            name={t("credit")}
            fill="var(--accent)"
            radius={[4, 4, 0, 0]}
            isAnimationActive={false}
          />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
