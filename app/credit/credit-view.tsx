"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { Button } from "../components/ui/button.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { Empty, Skeleton, Stat } from "../components/ui/states.tsx";
import { useVolunteer } from "../components/volunteer/volunteer-provider.tsx";
import { When } from "../components/when.tsx";
import { carrySession, LIVE_MS, type MyCredit, useTRPC } from "../lib/trpc.tsx";
import { cobblestones } from "../lib/units.ts";
import { MyResults } from "./my-results.tsx";
import { NameForm } from "./name-form.tsx";

const DayChart = dynamic(() => import("./day-chart.tsx"), {
  ssr: false,
  loading: () => <Skeleton className="h-64" label="…" />,
});

/** Credit of this browser's identity, which only this browser can prove: the session token is made here. */
export function CreditView() {
  const t = useTranslations("credit");
  const volunteer = useVolunteer();
  const trpc = useTRPC();
  const session = useQuery({
    queryKey: ["session-token"],
    enabled: volunteer !== null,
    queryFn: async () => {
      const token = (await volunteer?.sessionToken()) ?? null;
      carrySession(token);
      return { known: token !== null };
    },
    refetchInterval: 60_000,
  });
  const known = session.data?.known;
  const credit = useQuery(
    trpc.credit.mine.queryOptions(undefined, { enabled: known === true, refetchInterval: LIVE_MS }),
  );
  if (known === false) {
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

function Credit({ credit }: { credit: MyCredit }) {
  const t = useTranslations("credit");
  const format = useFormatter();
  return (
    <div className="space-y-6">
      <Card>
        <dl className="grid grid-cols-2 gap-4 sm:grid-cols-5" data-testid="my-credit">
          <Stat
            label={t("total")}
            value={format.number(cobblestones(credit.totalMicro), { maximumFractionDigits: 2 })}
          />
          <Stat
            label={t("recent")}
            value={format.number(credit.recentAverage, { maximumFractionDigits: 2, signDisplay: "negative" })}
          />
          <Stat label={t("confirmed")} value={format.number(credit.confirmedResults)} />
          <Stat label={t("pending")} value={format.number(credit.beingChecked)} />
          <Stat label={t("rank")} value={credit.rank === null ? "–" : format.number(credit.rank)} />
        </dl>
        <p className="mt-4 text-sm text-muted">{t("unit")}</p>
      </Card>
      <div className="grid gap-6 lg:grid-cols-[2fr_1fr]">
        <Card>
          <CardTitle>{t("overTime")}</CardTitle>
          <DayChart days={credit.days} />
        </Card>
        <div className="min-w-0 space-y-6">
          <Card>
            <CardTitle className="mb-2">{t("byProject")}</CardTitle>
            <ul className="space-y-2">
              {credit.projects.map((project) => (
                <li key={project.slug} className="flex justify-between gap-4">
                  <Link href={`/projects/${project.slug}`} className="min-w-0 truncate hover:underline">
                    {project.name}
                  </Link>
                  <span className="font-medium tabular-nums">
                    {format.number(cobblestones(project.micro), { maximumFractionDigits: 2 })}
                  </span>
                </li>
              ))}
            </ul>
          </Card>
          <NameForm name={credit.name} />
        </div>
      </div>
      {credit.takenBack.length > 0 ? <TakenBack entries={credit.takenBack} /> : null}
      <Card>
        <CardTitle className="mb-2">{t("last")}</CardTitle>
        <MyResults results={credit.results} />
      </Card>
    </div>
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
