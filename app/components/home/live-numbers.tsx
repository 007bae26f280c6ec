"use client";

import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { LIVE_MS, type ProjectList, useTRPC } from "../../lib/trpc.tsx";
import { useVolunteerState } from "../volunteer/volunteer-provider.tsx";

/** What has happened on this site, counted live; people only once this browser is told of them. */
export function LiveNumbers({ initial }: { initial: ProjectList }) {
  const t = useTranslations("home.numbers");
  const format = useFormatter();
  const trpc = useTRPC();
  const { data } = useQuery(
    trpc.project.list.queryOptions(undefined, { initialData: initial, refetchInterval: LIVE_MS }),
  );
  const people = useVolunteerState()?.usersOnline ?? null;
  const sum = (key: "confirmed" | "inProgress") => data.reduce((total, project) => total + project[key], 0);
  const confirmed = sum("confirmed");
  const now = sum("inProgress");
  // On a new site there is nothing to count yet, and zeros would say less than nothing.
  if (confirmed === 0 && now === 0) return null;
  return (
    <ul aria-label={t("label")} className="mt-7 flex flex-wrap gap-x-8 gap-y-4">
      {confirmed === 0 ? null : (
        <Figure value={format.number(confirmed)} words={t("confirmed", { count: confirmed })} />
      )}
      {now === 0 ? null : <Figure value={format.number(now)} words={t("now", { count: now })} />}
      {people === null ? null : <Figure value={format.number(people)} words={t("people", { count: people })} />}
    </ul>
  );
}

function Figure({ value, words }: { value: string; words: string }) {
  return (
    <li>
      <span className="block text-3xl font-semibold tracking-tight text-accent tabular-nums">{value}</span>{" "}
      <span className="text-sm text-muted">{words}</span>
    </li>
  );
}
