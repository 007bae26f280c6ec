"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "../components/ui/button.tsx";
import { Card } from "../components/ui/card.tsx";
import { Empty } from "../components/ui/states.tsx";
import { Table, Td, Th } from "../components/ui/table.tsx";
import { useVolunteerState } from "../components/volunteer/volunteer-provider.tsx";
import { type Leaders, LIVE_MS, useTRPC } from "../lib/trpc.tsx";
import { cobblestones } from "../lib/units.ts";

const PAGE = 50;
const ORDERS = ["total", "recent"] as const;

/** The leaderboard, fifty people a page, in two orders, live. */
export function LeaderTable({ initial }: { initial: Leaders }) {
  const t = useTranslations("leaderboard");
  const trpc = useTRPC();
  const [order, setOrder] = useState<(typeof ORDERS)[number]>("total");
  const [offset, setOffset] = useState(0);
  const first = order === "total" && offset === 0;
  const { data } = useQuery(
    trpc.leaderboard.list.queryOptions(
      { order, offset },
      { ...(first ? { initialData: initial } : {}), placeholderData: keepPreviousData, refetchInterval: LIVE_MS },
    ),
  );
  const leaders = data ?? [];
  if (first && leaders.length === 0) return <Empty title={t("none")}>{t("noneText")}</Empty>;
  return (
    <Card>
      <fieldset className="mb-4 flex gap-2">
        <legend className="sr-only">{t("order")}</legend>
        {ORDERS.map((each) => (
          <Button
            key={each}
            size="sm"
            variant={each === order ? "primary" : "outline"}
            aria-pressed={each === order}
            onClick={() => {
              setOrder(each);
              setOffset(0);
            }}
          >
            {t(each === "total" ? "orderTotal" : "orderRecent")}
          </Button>
        ))}
      </fieldset>
      <Rows leaders={leaders} />
      <div className="mt-4 flex justify-between">
        <Button
          variant="outline"
          size="sm"
          disabled={offset === 0}
          onClick={() => setOffset(Math.max(0, offset - PAGE))}
        >
          {t("previous")}
        </Button>
        <Button variant="outline" size="sm" disabled={leaders.length < PAGE} onClick={() => setOffset(offset + PAGE)}>
          {t("next")}
        </Button>
      </div>
    </Card>
  );
}

function Rows({ leaders }: { leaders: Leaders }) {
  const t = useTranslations("leaderboard");
  const anonymous = useTranslations("workunit");
  const format = useFormatter();
  const me = useVolunteerState()?.identity?.userId;
  return (
    <Table label={t("title")} data-testid="leaders">
      <thead>
        <tr>
          <Th>{t("rank")}</Th>
          <Th className="w-full">{t("name")}</Th>
          <Th className="text-right">{t("total")}</Th>
          <Th className="text-right" title={t("recentHint")}>
            {t("recent")}
          </Th>
          <Th className="text-right">{t("results")}</Th>
        </tr>
      </thead>
      <tbody>
        {leaders.map((leader) => {
          const mine = me === String(leader.userId);
          return (
            <tr key={leader.userId} data-user={leader.userId} className={mine ? "bg-accent-soft" : undefined}>
              <Td>{format.number(leader.rank)}</Td>
              <Td className="max-w-48 truncate font-medium sm:max-w-none">
                <bdi>{leader.name ?? anonymous("anonymous", { id: leader.userId })}</bdi>
                {mine ? <span className="ml-2 text-sm font-normal text-accent">{t("you")}</span> : null}
              </Td>
              <Td className="text-right font-medium" data-testid="total">
                {format.number(cobblestones(leader.totalMicro), { maximumFractionDigits: 2 })}
              </Td>
              <Td className="text-right">{format.number(leader.recentAverage, { maximumFractionDigits: 2 })}</Td>
              <Td className="text-right">{format.number(leader.results)}</Td>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}
