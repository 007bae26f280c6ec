"use client";

import { useQuery } from "@tanstack/react-query";
import { Download, ExternalLink, Layers, Send, Settings } from "lucide-react";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { PageTitle } from "../../components/page-title.tsx";
import { Science } from "../../components/science/science.tsx";
import { Badge } from "../../components/ui/badge.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import { Progress } from "../../components/ui/progress.tsx";
import { Stat } from "../../components/ui/states.tsx";
import {
  type ConfirmedResults,
  LIVE_MS,
  type ProjectCost,
  type ProjectPage,
  SLOW_LIVE_MS,
  useTRPC,
} from "../../lib/trpc.tsx";
import { ConfirmedTable } from "./confirmed-table.tsx";
import { CostTable } from "./cost-table.tsx";
import { ProjectAbout, ProjectNotice } from "./project-about.tsx";

interface Initial {
  project: ProjectPage;
  cost: ProjectCost;
  confirmed: ConfirmedResults;
}

/** A project: what it is, how far, its science, what certainty costs, and what was confirmed last. Live. */
export function ProjectView({ initial }: { initial: Initial }) {
  const t = useTranslations("project");
  const format = useFormatter();
  const trpc = useTRPC();
  const slug = initial.project.slug;
  const project =
    useQuery(trpc.project.get.queryOptions({ slug }, { initialData: initial.project, refetchInterval: LIVE_MS }))
      .data ?? initial.project;
  const cost = useQuery(
    trpc.project.cost.queryOptions({ slug }, { initialData: initial.cost, refetchInterval: SLOW_LIVE_MS }),
  ).data;
  const confirmed = useQuery(
    trpc.project.confirmed.queryOptions({ slug }, { initialData: initial.confirmed, refetchInterval: LIVE_MS }),
  ).data;
  const open = project.workunits - project.confirmed - project.failed;
  return (
    <div className="space-y-8">
      <PageTitle title={project.name} lead={t("by", { organisation: project.organisation })}>
        <div className="flex flex-wrap gap-3">
          <Button asChild variant="outline">
            <Link href={`/projects/${slug}/batches`}>
              <Layers aria-hidden="true" />
              {t("batches")}
            </Link>
          </Button>
          {project.me.role !== null || project.me.isOperator ? (
            <>
              <Button asChild variant="outline">
                <Link href={`/projects/${slug}/submit`}>
                  <Send aria-hidden="true" />
                  {t("submit")}
                </Link>
              </Button>
              <Button asChild variant="outline">
                <Link href={`/projects/${slug}/settings`}>
                  <Settings aria-hidden="true" />
                  {t("settings")}
                </Link>
              </Button>
            </>
          ) : null}
          <Button asChild>
            <Link href="/">{t("start")}</Link>
          </Button>
        </div>
      </PageTitle>
      <ProjectNotice project={project} />
      <div className="grid gap-6 lg:grid-cols-[2fr_1fr]">
        <ProjectAbout project={project} />
        <Card>
          <CardTitle>{t("progress")}</CardTitle>
          <Progress
            className="mt-4 h-3"
            value={project.workunits === 0 ? 0 : project.confirmed / project.workunits}
            label={t("progress")}
          />
          <dl className="mt-4 grid grid-cols-2 gap-4">
            <Stat label={t("confirmed")} value={format.number(project.confirmed)} />
            <Stat label={t("open")} value={format.number(open)} />
            <Stat label={t("now")} value={format.number(project.inProgress)} />
            <Stat label={t("today")} value={format.number(project.confirmedLastDay)} />
            {project.failed > 0 ? <Stat label={t("failed")} value={format.number(project.failed)} /> : null}
          </dl>
        </Card>
      </div>
      {project.me.mayReadData ? <Results slug={slug} apps={project.apps} confirmed={confirmed} /> : <MembersOnly />}
      <CostTable cost={cost} />
      <Programs project={project} />
    </div>
  );
}

/** The science, and what was confirmed last. */
function Results({ slug, apps, confirmed }: { slug: string; apps: ProjectPage["apps"]; confirmed: ConfirmedResults }) {
  const t = useTranslations("project");
  return (
    <>
      <Science slug={slug} apps={apps} />
      <Card>
        <div className="mb-3 flex flex-wrap items-center justify-between gap-3">
          <CardTitle>{t("results")}</CardTitle>
          <div className="flex gap-2">
            {(["csv", "json"] as const).map((kind) => (
              <Button asChild key={kind} variant="outline" size="sm">
                <a
                  href={`/api/projects/${slug}/results.${kind}`}
                  download
                  aria-label={`${kind.toUpperCase()}: ${t("download")}`}
                >
                  <Download aria-hidden="true" />
                  {kind.toUpperCase()}
                </a>
              </Button>
            ))}
          </div>
        </div>
        <ConfirmedTable results={confirmed} />
      </Card>
    </>
  );
}

function MembersOnly() {
  const t = useTranslations("project");
  return (
    <Card>
      <CardTitle>{t("membersOnly")}</CardTitle>
      <p className="mt-1 max-w-prose text-muted">{t("membersOnlyText")}</p>
    </Card>
  );
}

function Programs({ project: { apps, slug, me } }: { project: ProjectPage }) {
  const t = useTranslations("project");
  const mayPublish = me.isOperator || me.role === "owner" || me.role === "admin";
  return (
    <Card>
      <CardTitle>{t("program")}</CardTitle>
      {apps.length === 0 ? <p className="mt-1 text-muted">{t("programNone")}</p> : null}
      {apps.map((app) => (
        <div key={app.name} className="mt-3">
          <p className="font-medium">
            {app.title} <span className="font-normal text-muted">{t("version", { version: app.version })}</span>
            {app.state === "published" ? null : (
              <Badge tone="bad" className="ml-2">
                {t(`versionState.${app.state}`)}
              </Badge>
            )}
          </p>
          <p className="text-sm text-muted">{app.summary}</p>
          <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
            <dt className="text-muted">{t("runsOn")}</dt>
            <dd>
              {app.backends.map((backend) => (backend === "wgsl" ? t("backend.wgsl") : t("backend.wasm"))).join(", ")}
            </dd>
            <dt className="text-muted">{t("compared")}</dt>
            <dd>{t(`comparator.${app.comparator}`)}</dd>
            <dt className="text-muted">{t("licence")}</dt>
            <dd>{app.licence}</dd>
            <dt className="text-muted">{t("source")}</dt>
            <dd className="min-w-0">
              {app.sourceUrl === null ? (
                t("noSource")
              ) : (
                <a
                  href={app.sourceUrl}
                  rel="noopener noreferrer nofollow"
                  className="inline-flex items-center gap-1.5 text-accent underline wrap-anywhere"
                >
                  {app.sourceUrl} <ExternalLink className="size-4 shrink-0" aria-hidden="true" />
                </a>
              )}
            </dd>
            <dt className="text-muted">{t("signature")}</dt>
            <dd>{t(app.isSigned ? "signed" : "unsigned")}</dd>
            <dt className="text-muted">SHA-256</dt>
            <dd className="break-all font-mono text-xs leading-5">{app.hash}</dd>
          </dl>
        </div>
      ))}
      <div className="mt-4 flex flex-wrap gap-3">
        {apps.length > 0 ? (
          <Button asChild variant="outline" size="sm">
            <Link href={`/projects/${slug}/versions`}>{t("allVersions")}</Link>
          </Button>
        ) : null}
        {mayPublish ? (
          <Button asChild variant="outline" size="sm">
            <Link href={`/projects/${slug}/publish`}>{t("publishProgram")}</Link>
          </Button>
        ) : null}
      </div>
    </Card>
  );
}
