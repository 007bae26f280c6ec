"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useFormatter, useTranslations } from "next-intl";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { Skeleton, Stat } from "../components/ui/states.tsx";
import { Table, Td, Th } from "../components/ui/table.tsx";
import { When } from "../components/when.tsx";
import { LIVE_MS, type SiteStatus, useTRPC } from "../lib/trpc.tsx";
import { largestUnit } from "../lib/units.ts";

const HistoryChart = dynamic(() => import("./history-chart.tsx"), {
  ssr: false,
  loading: () => <Skeleton className="h-64" label="…" />,
});

export function StatusView({ initial }: { initial: SiteStatus }) {
  const t = useTranslations("status");
  const format = useFormatter();
  const trpc = useTRPC();
  const query = useQuery(trpc.status.get.queryOptions(undefined, { initialData: initial, refetchInterval: LIVE_MS }));
  const status = query.data;
  const duration = (seconds: number) => {
    const { unit, value } = largestUnit(seconds);
    return format.number(value, { style: "unit", unit, unitDisplay: "long" });
  };
  return (
    <div className="space-y-6">
      {query.isError ? (
        <p role="alert" className="rounded-xl bg-bad-soft p-4 text-bad">
          {t("unreachable")}
        </p>
      ) : null}
      <Card>
        <dl className="grid grid-cols-2 gap-5 sm:grid-cols-4">
          <Stat label={t("people")} value={format.number(status.usersOnline)} />
          <Stat label={t("devices")} value={format.number(status.hostsOnline)} />
          <Stat label={t("waiting")} value={format.number(status.unsent)} />
          <Stat label={t("inProgress")} value={format.number(status.inProgress)} />
          <Stat label={t("beingChecked")} value={format.number(status.beingChecked)} />
          <Stat
            label={t("oldest")}
            value={status.oldestWaitingSeconds === null ? "–" : duration(status.oldestWaitingSeconds)}
          />
          <Stat label={t("backlog")} value={format.number(status.assimilationBacklog)} />
          <Stat label={t("failing")} value={format.number(status.outboxFailing)} />
          <Stat label={t("confirmed")} value={format.number(status.workunitsConfirmed)} />
          <Stat label={t("open")} value={format.number(status.workunitsOpen)} />
          <Stat label={t("failed")} value={format.number(status.workunitsFailed)} />
        </dl>
        <p className="mt-5 text-sm text-muted">
          {t("database", { version: status.databaseVersion })} · <When seconds={status.nowSeconds} />
        </p>
      </Card>
      {status.handlers.length > 0 ? <Handlers handlers={status.handlers} duration={duration} /> : null}
      <Card>
        <CardTitle>{t("history")}</CardTitle>
        <HistoryChart history={status.history} />
      </Card>
    </div>
  );
}

type HandlersProps = { handlers: SiteStatus["handlers"]; duration: (seconds: number) => string };

/** Projects that are told late, because their own receiver is slow, failing or gone. */
function Handlers({ handlers, duration }: HandlersProps) {
  const t = useTranslations("status");
  const format = useFormatter();
  return (
    <Card>
      <CardTitle className="mb-3">{t("handlers")}</CardTitle>
      <Table label={t("handlers")}>
        <thead>
          <tr>
            <Th className="w-full">{t("project")}</Th>
            <Th>{t("handler")}</Th>
            <Th>{t("handlerWaiting")}</Th>
            <Th>{t("oldestMessage")}</Th>
            <Th>{t("handlerState")}</Th>
          </tr>
        </thead>
        <tbody>
          {handlers.map((handler) => (
            <tr key={handler.id}>
              <Td>{handler.project}</Td>
              <Td>{t(`handlerKind.${handler.kind}`)}</Td>
              <Td>{format.number(handler.waiting)}</Td>
              <Td className="whitespace-nowrap">
                {handler.oldestSeconds === null ? "–" : duration(handler.oldestSeconds)}
              </Td>
              <Td className="whitespace-nowrap">
                {handler.failingSinceSeconds === null ? (
                  t(handler.enabled ? "handlerWorks" : "handlerOff")
                ) : (
                  <span className="text-bad">
                    {t("handlerFails")} <When seconds={handler.failingSinceSeconds} />
                  </span>
                )}
              </Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}
