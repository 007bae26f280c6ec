"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { Loading } from "../components/ui/loading.tsx";
import { Stat } from "../components/ui/states.tsx";
import { When } from "../components/when.tsx";
import { LIVE_MS, type SiteStatus, useTRPC } from "../lib/trpc.tsx";
import { Handlers } from "./handlers.tsx";
import { type Hours, HoursSwitch } from "./hours-switch.tsx";
import { Problems } from "./problems.tsx";
import { ProjectTable } from "./project-table.tsx";
import { useDuration } from "./use-duration.ts";

const HistoryCharts = dynamic(() => import("./history-charts.tsx"), {
  ssr: false,
  loading: () => <Loading className="mt-4 h-64" />,
});

const FIRST_HOURS: Hours = 6;

export function StatusView({ initial }: { initial: SiteStatus | null }) {
  const t = useTranslations("status");
  const trpc = useTRPC();
  const [hours, setHours] = useState<Hours>(FIRST_HOURS);
  const query = useQuery(
    trpc.status.get.queryOptions(
      { hours },
      {
        ...(hours === FIRST_HOURS && initial !== null ? { initialData: initial } : {}),
        placeholderData: keepPreviousData,
        refetchInterval: LIVE_MS,
      },
    ),
  );
  const status = query.data;
  const isAway = query.isError || (status === undefined && initial === null);
  return (
    <div className="space-y-6">
      <Problems problems={isAway ? "database_away" : (status?.problems ?? [])} />
      {status === undefined ? null : (
        <>
          <Numbers status={status} />
          <Card>
            <div className="flex flex-wrap items-center justify-between gap-3">
              <CardTitle>{t("charts")}</CardTitle>
              <HoursSwitch value={hours} onChange={setHours} />
            </div>
            {status.history.length < 2 ? (
              <p className="mt-4 text-muted">{t("noHistory")}</p>
            ) : (
              <HistoryCharts history={status.history} hours={hours} />
            )}
          </Card>
          <ProjectTable projects={status.projects} />
          {status.handlers.length > 0 ? <Handlers handlers={status.handlers} /> : null}
        </>
      )}
    </div>
  );
}

function Numbers({ status }: { status: SiteStatus }) {
  const t = useTranslations("status");
  const format = useFormatter();
  const duration = useDuration();
  const rate = (perMinute: number) => format.number(perMinute, { maximumFractionDigits: perMinute < 10 ? 1 : 0 });
  const failing = status.failing === 0 ? {} : { hint: t("failing", { count: status.failing }) };
  return (
    <>
      <Card>
        <CardTitle>{t("now")}</CardTitle>
        <dl className="mt-4 grid grid-cols-2 gap-5 sm:grid-cols-4">
          <Stat label={t("people")} value={format.number(status.usersOnline)} />
          <Stat label={t("devices")} value={format.number(status.hostsOnline)} />
          <Stat label={t("reportedPerMinute")} value={rate(status.reportedPerMinute)} hint={t("lastFive")} />
          <Stat label={t("confirmedPerMinute")} value={rate(status.confirmedPerMinute)} hint={t("lastFive")} />
          <Stat label={t("waiting")} value={format.number(status.unsent)} hint={t("waitingHint")} />
          <Stat label={t("inProgress")} value={format.number(status.inProgress)} />
          <Stat label={t("beingChecked")} value={format.number(status.beingChecked)} hint={t("checkedHint")} />
          <Stat
            label={t("oldest")}
            value={status.oldestWaitingSeconds === null ? "–" : duration(status.oldestWaitingSeconds)}
          />
        </dl>
      </Card>
      <Card>
        <CardTitle>{t("ever")}</CardTitle>
        <dl className="mt-4 grid grid-cols-2 gap-5 sm:grid-cols-4">
          <Stat label={t("confirmed")} value={format.number(status.workunitsConfirmed)} />
          <Stat label={t("open")} value={format.number(status.workunitsOpen)} />
          <Stat label={t("failed")} value={format.number(status.workunitsFailed)} />
          <Stat label={t("backlog")} value={format.number(status.backlog)} {...failing} />
        </dl>
        <p className="mt-5 text-sm text-muted">
          {t("counted")} <When seconds={status.countedSeconds} /> · {t("database", { version: status.databaseVersion })}
        </p>
      </Card>
    </>
  );
}
