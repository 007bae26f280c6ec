"use client";

import { CircleCheck, Clock, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { Card } from "../components/ui/card.tsx";
import type { SiteStatus } from "../lib/trpc.tsx";
import { useDuration } from "./use-duration.ts";

type Problem = SiteStatus["problems"][number];

/** About projects' own receivers: the site itself works. */
const ELSEWHERE: readonly Problem["kind"][] = ["told_late", "handler_failing"];

/**
 * What is wrong, in whole sentences that say what it means for the reader; or that nothing is. Where only projects are told late,
 * it says first that the site works.
 */
export function Problems({ problems }: { problems: readonly Problem[] | "database_away" }) {
  const t = useTranslations("status");
  const sentence = useSentence();
  const sentences = problems === "database_away" ? [t("problem.database_away")] : problems.map(sentence);
  if (sentences.length === 0) {
    return (
      <p role="status" className="flex items-center gap-3 rounded-2xl bg-good-soft px-5 py-4 text-good">
        <CircleCheck aria-hidden className="size-5 shrink-0" />
        {t("allWell")}
      </p>
    );
  }
  if (problems !== "database_away" && problems.every(({ kind }) => ELSEWHERE.includes(kind))) {
    return (
      <div role="status" className="flex items-start gap-3 rounded-2xl bg-wait-soft px-5 py-4 text-wait">
        <Clock aria-hidden className="mt-0.5 size-5 shrink-0" />
        <div className="space-y-2 text-pretty">
          <p>
            {t("siteWorks")} {sentences[0]}
          </p>
          {sentences.slice(1).map((text) => (
            <p key={text}>{text}</p>
          ))}
        </div>
      </div>
    );
  }
  return (
    <Card role="alert" aria-label={t("problems")}>
      <ul className="space-y-3">
        {sentences.map((text) => (
          <li key={text} className="flex items-start gap-3">
            <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-wait" />
            <span className="text-pretty">{text}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function useSentence(): (problem: Problem) => string {
  const t = useTranslations("status");
  const duration = useDuration();
  return (problem) => {
    switch (problem.kind) {
      case "disk_full":
        return t("problem.disk_full");
      case "sweeper_late":
        return t("problem.sweeper_late", { duration: duration(problem.forSeconds) });
      case "clock_jump":
        return t("problem.clock_jump", { duration: duration(problem.bySeconds) });
      case "told_late":
        return t("problem.told_late", { count: problem.projects });
      case "handler_failing":
        return t("problem.handler_failing", { project: problem.project, duration: duration(problem.forSeconds) });
      case "no_volunteers":
        return t("problem.no_volunteers", { count: problem.unsent });
      case "no_work":
        return t("problem.no_work");
      case "waiting_long":
        return t("problem.waiting_long", { duration: duration(problem.forSeconds) });
    }
  };
}
