"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { LIVE_MS, type ProjectList, useTRPC } from "../lib/trpc.tsx";
import { Card } from "./ui/card.tsx";
import { Progress } from "./ui/progress.tsx";

/** Every project with how far it is, live. */
export function SiteNumbers({ initial }: { initial: ProjectList }) {
  const t = useTranslations("projects");
  const format = useFormatter();
  const trpc = useTRPC();
  const { data } = useQuery(
    trpc.project.list.queryOptions(undefined, { initialData: initial, refetchInterval: LIVE_MS }),
  );
  return (
    <ul className="grid gap-4 md:grid-cols-2">
      {data.map((project) => (
        <li key={project.slug}>
          <Card className="h-full">
            <h2 className="text-lg font-semibold tracking-tight">
              <Link href={`/projects/${project.slug}`} className="hover:underline">
                {project.name}
              </Link>
            </h2>
            <p className="text-sm text-muted">{project.organisation}</p>
            <p className="mt-2 text-pretty">{project.summary}</p>
            <Progress
              className="mt-4"
              value={project.workunits === 0 ? 0 : project.confirmed / project.workunits}
              label={t("progressOf", { name: project.name })}
            />
            <p className="mt-2 flex flex-wrap justify-between gap-x-4 text-sm text-muted tabular-nums">
              <span data-testid={`confirmed-${project.slug}`}>
                {t("confirmedOf", {
                  confirmed: format.number(project.confirmed),
                  total: format.number(project.workunits),
                })}
              </span>
              <span>{t("inProgress", { count: project.inProgress })}</span>
            </p>
          </Card>
        </li>
      ))}
    </ul>
  );
}
