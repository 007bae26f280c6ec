"use client";

import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import {
  CartesianGrid,
  ComposedChart,
  ErrorBar,
  Legend,
  Line,
  ResponsiveContainer,
  Scatter,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { exactEnergy, exactMagnetisation } from "../../lib/onsager.ts";
import { type IsingSummary, SLOW_LIVE_MS, useTRPC } from "../../lib/trpc.tsx";
import { Card, CardTitle } from "../ui/card.tsx";
import { Empty, Skeleton } from "../ui/states.tsx";

const FROM = 1;
const TO = 4;
const CURVE = Array.from({ length: 121 }, (_, i) => FROM + (i * (TO - FROM)) / 120);
const COLORS = ["var(--accent)", "var(--wait)", "var(--good)", "var(--bad)"];

/** Magnetisation and energy of the confirmed simulations against the exact solution. */
export default function IsingCurves({ slug }: { slug: string }) {
  const t = useTranslations("ising");
  const trpc = useTRPC();
  const { data } = useQuery(trpc.science.ising.queryOptions({ slug }, { refetchInterval: SLOW_LIVE_MS }));
  if (data === undefined) return <Skeleton className="h-80" label={t("title")} />;
  return (
    <Card>
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 text-sm text-muted">{t("text")}</p>
      {data.points.length === 0 ? (
        <div className="mt-4">
          <Empty title={t("none")} />
        </div>
      ) : (
        <div className="mt-4 grid gap-6 lg:grid-cols-2" data-testid="ising-curves" data-points={data.points.length}>
          <Curve data={data} quantity="magnetisation" exact={exactMagnetisation} />
          <Curve data={data} quantity="energy" exact={exactEnergy} />
        </div>
      )}
    </Card>
  );
}

interface CurveProps {
  data: IsingSummary;
  quantity: "magnetisation" | "energy";
  exact: (temperature: number) => number;
}

function Curve({ data, quantity, exact }: CurveProps) {
  const t = useTranslations("ising");
  const format = useFormatter();
  const curve = CURVE.map((temperature) => ({ temperature, value: exact(temperature) }));
  const sizes = [...new Set(data.points.map((point) => point.size))].sort((a, b) => a - b);
  return (
    <figure>
      <figcaption className="mb-1 text-sm font-medium">{t(quantity)}</figcaption>
      <div className="h-72" role="img" aria-label={`${t(quantity)}: ${t("text")}`}>
        <ResponsiveContainer>
          <ComposedChart margin={{ left: -12, right: 8, top: 4 }}>
            <CartesianGrid stroke="var(--line)" />
            <XAxis
              dataKey="temperature"
              type="number"
              domain={[FROM, TO]}
              stroke="var(--muted)"
              fontSize={12}
              tickFormatter={(value) => format.number(Number(value), { maximumFractionDigits: 2 })}
            />
            <YAxis type="number" stroke="var(--muted)" fontSize={12} domain={["auto", "auto"]} />
            <Tooltip
              formatter={(value) => format.number(Number(value), { maximumFractionDigits: 4 })}
              contentStyle={{ background: "var(--surface)", borderColor: "var(--line)", borderRadius: 12 }}
            />
            <Legend />
            <Line
              data={curve}
              dataKey="value"
              name={t("exact")}
              stroke="var(--ink)"
              dot={false}
              strokeWidth={2}
              isAnimationActive={false}
            />
            {sizes.map((size, index) => (
              <Scatter
                key={size}
                data={data.points
                  .filter((point) => point.size === size)
                  .map((point) => ({
                    temperature: point.temperature,
                    value: point[quantity].mean,
                    error: 2 * point[quantity].error,
                  }))}
                dataKey="value"
                name={t("measured", { size })}
                fill={COLORS[index % COLORS.length] ?? "var(--accent)"}
                isAnimationActive={false}
              >
                <ErrorBar dataKey="error" stroke="var(--muted)" width={4} />
              </Scatter>
            ))}
          </ComposedChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
}
