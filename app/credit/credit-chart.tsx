"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { Loading } from "../components/ui/loading.tsx";
import { Empty, Skeleton } from "../components/ui/states.tsx";
import { ToggleGroup } from "../components/ui/toggle-group.tsx";
import { type CreditChart as Chart, SLOW_LIVE_MS, useTRPC } from "../lib/trpc.tsx";
import { cobblestones } from "../lib/units.ts";
import { PART_COLOURS } from "./part-colours.ts";

const CreditBars = dynamic(() => import("./credit-bars.tsx"), {
  ssr: false,
  loading: () => <Loading className="mt-4 h-64" />,
});

export type ChartOf = { what: "me" } | { what: "person"; id: number } | { what: "team"; id: number };
type Step = Chart["step"];
type Split = "all" | "project" | "device";

/** Credit over time by day, week or month, and what it is made of. Devices are shown to their owner only. */
export function CreditChart({ of }: { of: ChartOf }) {
  const t = useTranslations("chart");
  const format = useFormatter();
  const [step, setStep] = useState<Step>("day");
  const [split, setSplit] = useState<Split>("project");
  const { data } = useChart(of, step, split);
  const names =
    data?.parts.map(
      ({ id, name }) =>
        name ?? (id === null ? t(data.parts.length > 1 ? "others" : "credit") : t("device", { number: id })),
    ) ?? [];
  const splits: readonly Split[] = of.what === "me" ? ["all", "project", "device"] : ["all", "project"];
  return (
    <Card data-testid="credit-chart">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <CardTitle>{t("title")}</CardTitle>
        <div className="flex flex-wrap gap-x-4 gap-y-2">
          <ToggleGroup<Step>
            label={t("steps")}
            value={step}
            onChange={setStep}
            options={(["day", "week", "month"] as const).map((each) => [each, t(`per.${each}`)])}
          />
          <ToggleGroup<Split>
            label={t("splits")}
            value={split}
            onChange={setSplit}
            options={splits.map((each) => [each, t(`split.${each}`)])}
          />
        </div>
      </div>
      {data === undefined ? <Skeleton className="mt-4 h-64" label={t("title")} /> : null}
      {data?.parts.length === 0 ? (
        <div className="mt-4">
          <Empty title={t("none")}>{t("noneText")}</Empty>
        </div>
      ) : null}
      {data !== undefined && data.parts.length > 0 ? (
        <>
          <CreditBars chart={data} names={names} />
          <ul className="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-sm">
            {data.parts.map((part, index) => (
              <li key={part.id ?? "rest"} className="flex min-w-0 items-center gap-2">
                <span
                  aria-hidden="true"
                  className="size-3 shrink-0 rounded-sm"
                  style={{ background: PART_COLOURS[index % PART_COLOURS.length] }}
                />
                <bdi className="min-w-0 truncate">{names[index]}</bdi>
                <span className="font-medium tabular-nums">
                  {format.number(cobblestones(part.micro), { maximumFractionDigits: 2 })}
                </span>
              </li>
            ))}
          </ul>
          <p className="mt-2 text-sm text-muted">{t("utc")}</p>
        </>
      ) : null}
    </Card>
  );
}

function useChart(of: ChartOf, step: Step, split: Split) {
  const trpc = useTRPC();
  const on = (what: ChartOf["what"]) => ({
    enabled: of.what === what,
    placeholderData: keepPreviousData,
    refetchInterval: SLOW_LIVE_MS,
  });
  const open = split === "device" ? "all" : split;
  const id = of.what === "me" ? 1 : of.id;
  const mine = useQuery(trpc.credit.chart.queryOptions({ step, split }, on("me")));
  const person = useQuery(trpc.credit.personChart.queryOptions({ id, step, split: open }, on("person")));
  const team = useQuery(trpc.team.chart.queryOptions({ teamId: id, step, split: open }, on("team")));
  return { me: mine, person, team }[of.what];
}
