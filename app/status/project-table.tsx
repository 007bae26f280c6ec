"use client";

import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { Table, Td, Th, Tr } from "../components/ui/table.tsx";
import type { SiteStatus } from "../lib/trpc.tsx";
import { useDuration } from "./use-duration.ts";

/** The same numbers for each project that has work. */
export function ProjectTable({ projects }: { projects: SiteStatus["projects"] }) {
  const t = useTranslations("status");
  const format = useFormatter();
  const duration = useDuration();
  return (
    <Card>
      <CardTitle className="mb-3">{t("byProject")}</CardTitle>
      {projects.length === 0 ? (
        <p className="text-muted">{t("noProjects")}</p>
      ) : (
        <Table stacks label={t("byProject")}>
          <thead>
            <Tr>
              <Th scope="col" className="w-full">
                {t("project")}
              </Th>
              {(
                [
                  "devicesShort",
                  "perMinuteShort",
                  "waitingShort",
                  "computingShort",
                  "checkingShort",
                  "oldestShort",
                  "openShort",
                ] as const
              ).map((key) => (
                <Th key={key} scope="col" className="text-right">
                  {t(key)}
                </Th>
              ))}
            </Tr>
          </thead>
          <tbody>
            {projects.map((project) => (
              <Tr key={project.slug}>
                <Td className="min-w-40">
                  <Link href={`/projects/${project.slug}`} className="font-medium hover:underline">
                    {project.name}
                  </Link>
                </Td>
                <Td label={t("devicesShort")} className="text-right">
                  {format.number(project.hosts)}
                </Td>
                <Td label={t("perMinuteShort")} className="text-right">
                  {format.number(project.reportedPerMinute, { maximumFractionDigits: 1 })}
                </Td>
                <Td label={t("waitingShort")} className="text-right">
                  {format.number(project.unsent)}
                </Td>
                <Td label={t("computingShort")} className="text-right">
                  {format.number(project.inProgress)}
                </Td>
                <Td label={t("checkingShort")} className="text-right">
                  {format.number(project.beingChecked)}
                </Td>
                <Td label={t("oldestShort")} className="text-right whitespace-nowrap">
                  {project.oldestWaitingSeconds === null ? "–" : duration(project.oldestWaitingSeconds)}
                </Td>
                <Td label={t("openShort")} className="text-right">
                  {format.number(project.workunitsOpen)}
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  );
}
