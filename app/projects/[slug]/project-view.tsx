"use client";

import { useQuery } from "@tanstack/react-query";
import { Download, ExternalLink } from "lucide-react";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { PageTitle } from "../../components/page-title.tsx";
import { Science } from "../../components/science/science.tsx";
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
        <Button asChild>
          <Link href="/">{t("start")}</Link>
        </Button>
      </PageTitle>
      <div className="grid gap-6 lg:grid-cols-[2fr_1fr]">
        <Card>
          <CardTitle>{t("about")}</CardTitle>
          <div className="mt-2 max-w-prose space-y-3 text-pretty">
            {project.description.split(/\n\s*\n/).map((paragraph) => (
              <p key={paragraph}>{paragraph}</p>
            ))}
          </div>
          {project.url ? (
            <p className="mt-4">
              <a
                href={project.url}
                rel="noopener noreferrer nofollow"
                className="inline-flex items-center gap-1.5 text-accent underline"
              >
                {t("website")} <ExternalLink className="size-4" aria-hidden="true" />
              </a>
            </p>
          ) : null}
        </Card>
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
      <Science slug={slug} apps={project.apps} />
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
      <div className="grid gap-6 lg:grid-cols-2">
        <CostTable cost={cost} />
        <Programs apps={project.apps} />
      </div>
    </div>
  );
}

function Programs({ apps }: { apps: ProjectPage["apps"] }) {
  const t = useTranslations("project");
  return (
    <Card>
      <CardTitle>{t("program")}</CardTitle>
      {apps.map((app) => (
        <div key={app.name} className="mt-3">
          <p className="font-medium">
            {app.title} <span className="font-normal text-muted">{t("version", { version: app.version })}</span>
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
            <dt className="text-muted">SHA-256</dt>
            <dd className="break-all font-mono text-xs leading-5">{app.hash}</dd>
          </dl>
        </div>
      ))}
    </Card>
  );
}
