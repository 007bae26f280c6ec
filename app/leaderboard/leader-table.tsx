"use client";

import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { Table, Td, Th, Tr } from "../components/ui/table.tsx";
import { cn } from "../lib/cn.ts";
import type { Leaders } from "../lib/trpc.tsx";
import { cobblestones } from "../lib/units.ts";

type Kind = "users" | "teams" | "devices";
type Leader = Leaders[number];

/** Lines of a leaderboard; `mine`: the id of one's own. */
export function LeaderTable({ kind, leaders, mine }: { kind: Kind; leaders: Leaders; mine: number | null }) {
  const t = useTranslations("leaderboard");
  const format = useFormatter();
  const credit = (value: number) => format.number(value, { maximumFractionDigits: 2 });
  return (
    <Table stacks label={t("title")} data-testid="leaders">
      <thead>
        <Tr>
          <Th>{t("rank")}</Th>
          <Th className="w-full">{t("name")}</Th>
          <Th className="text-right">{t("total")}</Th>
          <Th className="text-right">{t("recent")}</Th>
          <Th className="text-right">{t("results")}</Th>
        </Tr>
      </thead>
      <tbody>
        {leaders.map((leader) => (
          <Tr key={leader.id} data-user={leader.id} className={cn(leader.id === mine && "bg-accent-soft")}>
            <Td label={t("rank")} className="pl-2 tabular-nums">
              {format.number(leader.rank)}
            </Td>
            <Td label={t("name")}>
              <Who kind={kind} leader={leader} />
              {leader.id === mine ? <span className="ml-2 text-sm font-medium text-accent">{t("you")}</span> : null}
              {leader.members === null ? null : (
                <span className="ml-2 text-sm text-muted">{t("members", { count: leader.members })}</span>
              )}
            </Td>
            <Td label={t("total")} className="text-right tabular-nums" data-testid="total">
              {credit(cobblestones(leader.totalMicro))}
            </Td>
            <Td label={t("recent")} className="text-right tabular-nums">
              {credit(leader.recentAverage)}
            </Td>
            <Td label={t("results")} className="text-right tabular-nums">
              {format.number(leader.results)}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

/** A name that somebody chose is set apart from the words around it: it may be written from right to left. */
function Who({ kind, leader }: { kind: Kind; leader: Leader }) {
  const t = useTranslations("leaderboard");
  const name = leader.name === null ? null : <bdi className="break-words">{leader.name}</bdi>;
  const linked =
    leader.page === null || name === null ? (
      name
    ) : (
      <Link href={`/${leader.page.what}/${leader.page.id}`} className="font-medium hover:underline">
        {name}
      </Link>
    );
  if (kind === "devices") {
    return (
      <>
        {t("device", { number: leader.id })}{" "}
        <span className="text-muted">{linked === null ? t("ofAnonymous") : t.rich("of", { who: () => linked })}</span>
      </>
    );
  }
  return linked ?? t("anonymous", { number: leader.id });
}
