"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { CreditChart } from "../lib/trpc.tsx";
import { cobblestones } from "../lib/units.ts";
import { PART_COLOURS } from "./part-colours.ts";

/** Bars of credit over time, made of parts, with the same numbers as a table for those who do not see them. */
export default function CreditBars({ chart, names }: { chart: CreditChart; names: readonly string[] }) {
  const t = useTranslations("chart");
  const format = useFormatter();
  const label = (seconds: number) =>
    format.dateTime(
      new Date(seconds * 1000),
      chart.step === "month"
        ? { month: "short", year: "2-digit", timeZone: "UTC" }
        : { day: "numeric", month: "short", timeZone: "UTC" },
    );
  const number = (value: number) => format.number(value, { maximumFractionDigits: 2 });
  const data = chart.bars.map((bar) => ({ start: bar.startSeconds, parts: bar.micro.map(cobblestones) }));
  return (
    <>
      <div className="mt-4 h-64" aria-hidden="true">
        <ResponsiveContainer>
          <BarChart data={data} margin={{ left: -8, right: 4, top: 4 }} accessibilityLayer={false}>
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis dataKey="start" tickFormatter={label} stroke="var(--muted)" fontSize={12} minTickGap={24} />
            <YAxis
              stroke="var(--muted)"
              fontSize={12}
              tickFormatter={(value: number) => format.number(value, { notation: "compact" })}
            />
            <Tooltip
              labelFormatter={(value) => label(Number(value))}
              formatter={(value) => number(Number(value))}
              contentStyle={{ background: "var(--surface)", borderColor: "var(--line)", borderRadius: 12 }}
              cursor={{ fill: "var(--sunken)" }}
            />
            {names.map((name, index) => (
              <Bar
                key={chart.parts[index]?.id ?? name}
                dataKey={(row: (typeof data)[number]) => row.parts[index] ?? 0}
                name={name}
                stackId="credit"
                fill={PART_COLOURS[index % PART_COLOURS.length] ?? "var(--accent)"}
                isAnimationActive={false}
              />
            ))}
          </BarChart>
        </ResponsiveContainer>
      </div>
      {/* A table would be as wide as its words; what is around it is not. */}
      <div className="sr-only">
        <table>
          <caption>{t("table")}</caption>
          <thead>
            <tr>
              <th scope="col">{t(`step.${chart.step}`)}</th>
              {names.map((name, index) => (
                <th scope="col" key={chart.parts[index]?.id ?? name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data
              .filter(({ parts }) => parts.some((part) => part !== 0))
              .map(({ start, parts }) => (
                <tr key={start}>
                  <th scope="row">{label(start)}</th>
                  {parts.map((part, index) => (
                    <td key={chart.parts[index]?.id ?? names[index]}>{number(part)}</td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
