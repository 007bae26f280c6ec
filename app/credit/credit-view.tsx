"use client";

import { useQuery } from "@tanstack/react-query";
import { TRPCClientError } from "@trpc/client";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { Button } from "../components/ui/button.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { Explain } from "../components/ui/explain.tsx";
import { Empty, Skeleton, Stat } from "../components/ui/states.tsx";
import { When } from "../components/when.tsx";
import { LIVE_MS, type MyCredit, useTRPC } from "../lib/trpc.tsx";
import { cobblestones } from "../lib/units.ts";
import { useCaller } from "../lib/use-caller.ts";
import { Badges } from "./badges.tsx";
import { ByDevice, ByProject } from "./by-parts.tsx";
import { CreditChart } from "./credit-chart.tsx";
import { MyResults } from "./my-results.tsx";
import { NameForm } from "./name-form.tsx";
import { PendingCredit } from "./pending-credit.tsx";

/** Credit of who looks: of this browser's identity, which only this browser can prove, or of the account with all devices. */
export function CreditView() {
  const t = useTranslations("credit");
  const trpc = useTRPC();
  const ready = useCaller();
  const credit = useQuery(
    trpc.credit.mine.queryOptions(undefined, {
      enabled: ready,
      refetchInterval: LIVE_MS,
      retry: (failures, error) => !isUnknown(error) && failures < 2,
    }),
  );
  if (isUnknown(credit.error)) {
    return (
      <Empty title={t("none")}>
        <p>{t("noneText")}</p>
        <Button asChild className="mt-4">
          <Link href="/">{t("toStart")}</Link>
        </Button>
      </Empty>
    );
  }
  if (!credit.data) return <Skeleton className="h-96" label={t("title")} />;
  return <Credit credit={credit.data} />;
}

function isUnknown(error: unknown): boolean {
  return error instanceof TRPCClientError && error.data?.code === "UNAUTHORIZED";
}

function Credit({ credit }: { credit: MyCredit }) {
  const t = useTranslations("credit");
  const hasNothing = credit.totalMicro === 0 && credit.results.length === 0;
  return (
    <div className="space-y-6">
      <Numbers credit={credit} />
      {hasNothing ? (
        <Empty title={t("nothing")}>
          <p>{t("nothingText")}</p>
          <Button asChild className="mt-4">
            <Link href="/">{t("toStart")}</Link>
          </Button>
        </Empty>
      ) : (
        <CreditChart of={{ what: "me" }} />
      )}
      <Card>
        <CardTitle className="mb-4">{t("badges")}</CardTitle>
        <Badges badges={credit.badges} toCome />
      </Card>
      <div className="grid gap-6 lg:grid-cols-2">
        <div className="min-w-0 space-y-6">
          <ByProject projects={credit.projects} />
          <ByDevice devices={credit.devices} />
        </div>
        {credit.mayChange ? (
          <NameForm key={`${credit.name}`} name={credit.name} isPublic={credit.isPublic} userId={credit.userId} />
        ) : null}
      </div>
      <PendingCredit pending={credit.pending} />
      {credit.takenBack.length > 0 ? <TakenBack entries={credit.takenBack} /> : null}
      <Card>
        <CardTitle className="mb-2">{t("last")}</CardTitle>
        <MyResults latest={credit.results} />
      </Card>
    </div>
  );
}

function Numbers({ credit }: { credit: MyCredit }) {
  const t = useTranslations("credit");
  const format = useFormatter();
  return (
    <Card>
      <dl className="grid grid-cols-2 gap-4 sm:grid-cols-5" data-testid="my-credit">
        <Stat label={t("total")} value={format.number(cobblestones(credit.totalMicro), { maximumFractionDigits: 2 })} />
        <div className="min-w-0">
          <dt className="text-sm text-muted">
            {t("recent")} <Explain label={t("recentWhat")}>{t("recentExplained")}</Explain>
          </dt>
          <dd className="mt-0.5 text-2xl font-semibold tracking-tight tabular-nums">
            {format.number(credit.recentAverage, { maximumFractionDigits: 2, signDisplay: "negative" })}
          </dd>
        </div>
        <Stat label={t("confirmed")} value={format.number(credit.confirmedResults)} />
        <Stat label={t("pending")} value={format.number(credit.beingChecked)} />
        <Stat
          label={t("rank")}
          value={
            credit.rank === null ? (
              "–"
            ) : (
              <Link href="/leaderboard?me" className="hover:underline">
                {format.number(credit.rank)}
              </Link>
            )
          }
        />
      </dl>
      <p className="mt-4 text-sm text-muted">{t("unit")}</p>
      <p className="mt-1 text-sm">
        {credit.team === null ? (
          <Link href="/teams" className="underline">
            {t("noTeam")}
          </Link>
        ) : (
          <>
            {t("team")}{" "}
            <Link href={`/teams/${credit.team.id}`} className="font-medium underline">
              <bdi>{credit.team.name}</bdi>
            </Link>
          </>
        )}
      </p>
    </Card>
  );
}

/** Entries of the ledger below zero, and why. */
function TakenBack({ entries }: { entries: MyCredit["takenBack"] }) {
  const t = useTranslations("credit");
  const format = useFormatter();
  return (
    <Card data-testid="taken-back">
      <CardTitle className="mb-2">{t("takenBack")}</CardTitle>
      <p className="max-w-prose text-muted">{t("takenBackWhy")}</p>
      <ul className="mt-3 space-y-2">
        {entries.map((entry) => (
          <li key={`${entry.workunitId}-${entry.seconds}`} className="flex flex-wrap justify-between gap-x-4">
            <span className="min-w-0">
              <Link href={`/workunits/${entry.workunitId}`} className="hover:underline">
                {entry.workunitName}
              </Link>{" "}
              {entry.auditId === null ? null : (
                <Link href={`/workunits/${entry.auditId}`} className="text-muted underline">
                  {t("takenBackCheck")}
                </Link>
              )}{" "}
              <span className="text-muted">
                <When seconds={entry.seconds} />
              </span>
            </span>
            <span className="font-medium text-bad tabular-nums">
              {format.number(cobblestones(entry.micro), { maximumFractionDigits: 4 })}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
