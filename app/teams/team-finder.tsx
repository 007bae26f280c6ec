"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { useDeferredValue, useId, useState } from "react";
import { Badge } from "../components/ui/badge.tsx";
import { Card } from "../components/ui/card.tsx";
import { TrailTurns } from "../components/ui/page-turns.tsx";
import { Empty } from "../components/ui/states.tsx";
import { type TeamList, useTRPC } from "../lib/trpc.tsx";
import { cobblestones } from "../lib/units.ts";

const PAGE = 50;

/** Teams, the newest first, and a field to find one by its name. */
export function TeamFinder({ initial }: { initial: TeamList }) {
  const t = useTranslations("teams");
  const format = useFormatter();
  const trpc = useTRPC();
  const id = useId();
  const [text, setText] = useState("");
  const [trail, setTrail] = useState<number[]>([]);
  const search = useDeferredValue(text.trim());
  const afterId = search === "" ? (trail.at(-1) ?? null) : null;
  const isFirst = search === "" && afterId === null;
  const { data: teams = [] } = useQuery(
    trpc.team.list.queryOptions(
      { search, afterId },
      { ...(isFirst && { initialData: initial }), placeholderData: keepPreviousData },
    ),
  );
  const last = teams.at(-1);
  return (
    <Card>
      <label htmlFor={id} className="font-medium">
        {t("find")}
      </label>
      <input
        id={id}
        type="search"
        dir="auto"
        value={text}
        maxLength={40}
        onChange={(event) => setText(event.target.value)}
        className="mt-2 h-11 w-full rounded-lg border border-muted bg-page px-3"
      />
      <div className="mt-4">
        {teams.length === 0 ? (
          search === "" ? (
            <Empty title={t("none")}>{t("noneText")}</Empty>
          ) : (
            <Empty title={t("notFound")}>{t("notFoundText")}</Empty>
          )
        ) : null}
      </div>
      <ul className="divide-y" data-testid="teams">
        {teams.map((team) => (
          <li key={team.id} className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 py-3">
            <span className="min-w-0">
              <Link href={`/teams/${team.id}`} className="font-medium hover:underline">
                <bdi className="break-words">{team.name}</bdi>
              </Link>{" "}
              {team.isOpen ? null : <Badge>{t("byInvite")}</Badge>}
              <bdi className="block break-words text-muted">{team.description}</bdi>
            </span>
            <span className="text-sm text-muted tabular-nums">
              {t("members", { count: team.members })} ·{" "}
              {t("credit", { credit: format.number(cobblestones(team.totalMicro), { maximumFractionDigits: 2 }) })}
            </span>
          </li>
        ))}
      </ul>
      {search === "" ? (
        <TrailTurns
          previous={t("previous")}
          next={t("next")}
          trail={trail}
          after={teams.length === PAGE && last ? last.id : null}
          onTrail={setTrail}
        />
      ) : null}
      <p className="mt-4 text-sm">
        <Link href="/leaderboard?board=teams" className="underline">
          {t("toBoard")}
        </Link>
      </p>
    </Card>
  );
}
