"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleDashed, CircleX, Download } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { PageTitle } from "../../components/page-title.tsx";
import { Badge } from "../../components/ui/badge.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import { When } from "../../components/when.tsx";
import { LIVE_MS, useTRPC, type WorkunitStory } from "../../lib/trpc.tsx";
import { Audits, Verdicts } from "./evidence-view.tsx";
import { FactList, Hash, type NamedFact } from "./fact-list.tsx";
import { RunYourself } from "./run-yourself.tsx";
import { StoryTable } from "./story-table.tsx";

const LOOKS = {
  open: { tone: "wait", Icon: CircleDashed },
  completed: { tone: "good", Icon: CircleCheck },
  failed: { tone: "bad", Icon: CircleX },
  recalled: { tone: "bad", Icon: CircleX },
} as const;

/** The whole story of one piece of work, for a person: what confirmed it, or why it failed. */
export function WorkunitView({ initial }: { initial: WorkunitStory }) {
  const t = useTranslations("workunit");
  const trpc = useTRPC();
  const id = String(initial.id);
  const story =
    useQuery(
      trpc.workunit.story.queryOptions(
        { id },
        { initialData: initial, refetchInterval: (query) => (query.state.data?.settled ? false : LIVE_MS) },
      ),
    ).data ?? initial;
  const state = story.recalledSeconds === null ? story.state : "recalled";
  const { tone, Icon } = LOOKS[state];
  return (
    <div className="space-y-6">
      <PageTitle title={story.name || t("title", { id })} lead={t("title", { id })}>
        <Badge tone={tone} className="px-4 py-1.5 text-base" data-testid="state">
          <Icon aria-hidden="true" />
          {t(`state.${state}`)}
        </Badge>
      </PageTitle>
      <Card>
        <p className="max-w-prose text-lg text-pretty">
          <Summary story={story} />
        </p>
        <Audits story={story} />
        {story.settled && story.outputSha256 && !story.outputDeleted ? (
          <Button asChild variant="outline" size="sm" className="mt-4">
            <a href={`/api/workunits/${id}/output`} download>
              <Download aria-hidden="true" />
              {t(state === "recalled" ? "downloadRecalled" : "download")}
            </a>
          </Button>
        ) : null}
      </Card>
      <Facts story={story} />
      <Verdicts story={story} />
      {story.settled && state === "completed" ? <RunYourself id={id} /> : null}
      {story.results.length > 0 ? (
        <Card>
          <CardTitle className="mb-3">{t("story")}</CardTitle>
          <StoryTable results={story.results} recalled={state === "recalled"} />
        </Card>
      ) : null}
    </div>
  );
}

function Summary({ story }: { story: WorkunitStory }) {
  const t = useTranslations("workunit");
  if (story.state === "open") return t("openSummary");
  if (!story.settled) return t("stragglerSummary");
  if (story.recalledSeconds !== null) return t("recalledSummary");
  if (story.evidence?.accepted?.rule === "single" && story.evidence.accepted.agreedLater.length === 0)
    return t("singleSummary");
  if (story.evidence?.accepted?.rule === "verified") return t("verifiedSummary");
  if (story.state === "completed") {
    // Only where bytes are compared is it the same answer.
    const summary = story.comparator === "exact" ? "confirmedSummary" : "agreeSummary";
    return t(summary, { people: story.independence?.users ?? 0 });
  }
  return t("failedSummary", { errors: story.errors.map((error) => t(`error.${error}`)).join(", ") });
}

function Facts({ story }: { story: WorkunitStory }) {
  const t = useTranslations("workunit");
  const policy = useTranslations("project.policy");
  const comparator = useTranslations("project.comparator");
  const rule = useTranslations("workunit.rule");
  const facts: NamedFact[] = [
    [
      t("project"),
      <Link key="project" href={`/projects/${story.project.slug}`} className="underline">
        {story.project.name}
      </Link>,
    ],
    [t("app"), `${story.app.title} ${story.app.version}`],
    [t("batch"), story.batchName],
    [t("created"), <When key="created" seconds={story.createdSeconds} />],
    [t("ended"), <When key="ended" seconds={story.endedSeconds} />],
    // Of work that is not settled it is not told how many answers it needs.
    [t("policy"), story.settled && isOnce(story) ? t("once") : policy(story.policy)],
    [t("compared"), comparator(story.comparator)],
  ];
  if (story.settled) facts.push([t("needed"), story.minQuorum]);
  const { accepted, failure } = story.evidence ?? {};
  if (accepted)
    facts.push([
      t(story.recalledSeconds === null ? "accepted" : "acceptedBefore"),
      t("acceptedValue", {
        rule: rule(accepted.rule),
        count: accepted.confirmedBy.length,
        answers: accepted.confirmedBy.map((number) => number + 1).join(", "),
      }),
    ]);
  if (failure) facts.push([t("limits"), t("limitsValue", limitsOf(failure))]);
  if (story.independence && story.state === "completed")
    facts.push([t("independence"), t("independenceValue", story.independence)]);
  facts.push([t("input"), <Hash key="input" value={story.inputSha256} />]);
  if (story.outputSha256) facts.push([t("answer"), <Hash key="output" value={story.outputSha256} />]);
  return (
    <Card>
      <CardTitle>{t("facts")}</CardTitle>
      <FactList facts={facts} className="mt-3" />
    </Card>
  );
}

/** The project wants one answer of this piece, and so everything is computed once, not several times. */
function isOnce({ policy, minQuorum }: WorkunitStory): boolean {
  return policy === "full" && minQuorum === 1;
}

/** The numbers that a failure was decided by, as its sentence wants them. */
function limitsOf(failure: NonNullable<NonNullable<WorkunitStory["evidence"]>["failure"]>) {
  const { outcomes, distinctOutputs, maxErrorResults, maxTotalResults } = failure;
  const failed = (outcomes["err"] ?? 0) + (outcomes["valerr"] ?? 0);
  return { failed, maxErrorResults, answered: outcomes["ok"] ?? 0, distinctOutputs, maxTotalResults };
}
