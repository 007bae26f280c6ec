import type { Metadata } from "next";
import { headers } from "next/headers";
import Link from "next/link";
import { notFound } from "next/navigation";
import { getFormatter, getLocale, getTranslations } from "next-intl/server";
import { cache } from "react";
import { serverCaller } from "../../../server/trpc/caller.ts";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import { Stat } from "../../components/ui/states.tsx";
import { Badges } from "../../credit/badges.tsx";
import { ByProject } from "../../credit/by-parts.tsx";
import { CreditChart } from "../../credit/credit-chart.tsx";
import { cobblestones } from "../../lib/units.ts";

type Props = { params: Promise<{ id: string }> };

const load = cache(async (text: string) => {
  const id = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
  const person = id === null ? null : await serverCaller().credit.person({ id });
  if (person === null) notFound();
  return person;
});

/** Pictures of links need whole addresses. */
async function siteAddress(): Promise<URL> {
  const header = await headers();
  const host = header.get("host") ?? "localhost";
  const scheme = header.get("x-forwarded-proto")?.split(",")[0] ?? "http";
  return new URL(`${scheme}://${host}`);
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const [person, t, format] = await Promise.all([load((await params).id), getTranslations("people"), getFormatter()]);
  const name = person.name ?? "";
  const description = t("description", {
    name,
    credit: format.number(cobblestones(person.totalMicro), { maximumFractionDigits: 1 }),
    results: format.number(person.confirmedResults),
  });
  const image = { url: `/card/${person.userId}`, width: 1200, height: 630, alt: description };
  return {
    metadataBase: await siteAddress(),
    title: name,
    description,
    openGraph: { type: "profile", title: name, description, url: `/people/${person.userId}`, images: [image] },
    twitter: { card: "summary_large_image", title: name, description, images: [image.url] },
  };
}

/** The page of a person who chose to have one. */
export default async function PersonPage({ params }: Props) {
  const [person, t, format, locale] = await Promise.all([
    load((await params).id),
    getTranslations("people"),
    getFormatter(),
    getLocale(),
  ]);
  const number = (value: number) => format.number(value, { maximumFractionDigits: 2 });
  const since = format.dateTime(new Date(person.sinceSeconds * 1000), { year: "numeric", month: "long" });
  return (
    <div className="space-y-6">
      <div>
        <h1 className="text-3xl font-semibold tracking-tight text-balance break-words sm:text-4xl">
          <bdi>{person.name}</bdi>
        </h1>
        <p className="mt-1 text-muted">
          {t("since", { since })}
          {person.country === null ? "" : ` · ${countryName(person.country, locale)}`}
          {person.team === null ? null : (
            <>
              {" · "}
              {t("team")}{" "}
              <Link href={`/teams/${person.team.id}`} className="underline">
                <bdi>{person.team.name}</bdi>
              </Link>
            </>
          )}
        </p>
      </div>
      <Card>
        <dl className="grid grid-cols-2 gap-4 sm:grid-cols-4" data-testid="person-numbers">
          <Stat label={t("total")} value={number(cobblestones(person.totalMicro))} />
          <Stat label={t("recent")} value={number(person.recentAverage)} />
          <Stat label={t("confirmed")} value={format.number(person.confirmedResults)} />
          <Stat label={t("rank")} value={person.rank === null ? "–" : format.number(person.rank)} />
        </dl>
      </Card>
      <Card>
        <CardTitle className="mb-4">{t("badges")}</CardTitle>
        <Badges badges={person.badges} />
      </Card>
      <CreditChart of={{ what: "person", id: person.userId }} />
      <ByProject projects={person.projects} />
    </div>
  );
}

function countryName(code: string, locale: string): string {
  return new Intl.DisplayNames([locale], { type: "region", fallback: "code" }).of(code) ?? code;
}
