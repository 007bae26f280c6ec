"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { Badge } from "../../components/ui/badge.tsx";
import { Card } from "../../components/ui/card.tsx";
import { Explain } from "../../components/ui/explain.tsx";
import { Stat } from "../../components/ui/states.tsx";
import { SLOW_LIVE_MS, type TeamPage, useTRPC } from "../../lib/trpc.tsx";
import { cobblestones } from "../../lib/units.ts";
import { Founder } from "./founder.tsx";
import { Membership } from "./membership.tsx";

/** Name, text, numbers, and what one may do with the team. */
export function TeamHead({ initial, invite }: { initial: TeamPage; invite: string | null }) {
  const t = useTranslations("teams");
  const format = useFormatter();
  const trpc = useTRPC();
  const { data } = useQuery(
    trpc.team.get.queryOptions(
      { teamId: initial.id },
      { initialData: initial, refetchInterval: SLOW_LIVE_MS, staleTime: 0 },
    ),
  );
  const team = data ?? initial;
  const number = (value: number) => format.number(value, { maximumFractionDigits: 2 });
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-4">
        <div className="min-w-0">
          <h1 className="text-3xl font-semibold tracking-tight text-balance break-words sm:text-4xl">
            <bdi>{team.name}</bdi>
          </h1>
          <p className="mt-1 flex flex-wrap items-center gap-2 text-muted">
            <span>
              {t.rich("foundedBy", {
                who: () =>
                  team.founder.name === null ? (
                    t("anonymous", { number: team.founder.userId })
                  ) : (
                    <bdi className="text-ink">{team.founder.name}</bdi>
                  ),
                when: format.dateTime(new Date(team.createdSeconds * 1000), { dateStyle: "long" }),
              })}
            </span>
            {team.isOpen ? <Badge tone="good">{t("openTeam")}</Badge> : <Badge>{t("byInvite")}</Badge>}
          </p>
        </div>
        <Membership team={team} invite={invite} />
      </div>
      {team.description === "" ? null : (
        <p dir="auto" className="max-w-prose break-words whitespace-pre-line" data-testid="team-text">
          {team.description}
        </p>
      )}
      <Card>
        <dl className="grid grid-cols-2 gap-4 sm:grid-cols-4" data-testid="team-numbers">
          <div className="min-w-0">
            <dt className="text-sm text-muted">
              {t("total")} <Explain label={t("creditWhat")}>{t("creditExplained")}</Explain>
            </dt>
            <dd className="mt-0.5 text-2xl font-semibold tracking-tight tabular-nums">
              {number(cobblestones(team.totalMicro))}
            </dd>
          </div>
          <Stat label={t("recent")} value={number(team.recentAverage)} />
          <Stat label={t("memberCount")} value={format.number(team.members)} />
          <Stat
            label={t("rank")}
            value={
              team.rank === null ? (
                "–"
              ) : (
                <Link href="/leaderboard?board=teams" className="hover:underline">
                  {format.number(team.rank)}
                </Link>
              )
            }
          />
        </dl>
      </Card>
      {team.role === "founder" ? <Founder team={team} /> : null}
    </>
  );
}
