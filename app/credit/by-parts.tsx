"use client";

import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { When } from "../components/when.tsx";
import type { MyCredit, PublicPerson } from "../lib/trpc.tsx";
import { cobblestones } from "../lib/units.ts";

/** Credit of each project. */
export function ByProject({ projects }: { projects: MyCredit["projects"] | PublicPerson["projects"] }) {
  const t = useTranslations("chart");
  const format = useFormatter();
  return (
    <Card>
      <CardTitle className="mb-2">{t("byProject")}</CardTitle>
      {projects.length === 0 ? <p className="text-muted">{t("none")}</p> : null}
      <ul className="space-y-2">
        {projects.map((project) => (
          <li key={project.slug} className="flex justify-between gap-4">
            <span className="min-w-0">
              <Link href={`/projects/${project.slug}`} className="block truncate hover:underline">
                {project.name}
              </Link>
              <span className="text-sm text-muted">{t("results", { count: project.results })}</span>
            </span>
            <span className="font-medium tabular-nums">
              {format.number(cobblestones(project.micro), { maximumFractionDigits: 2 })}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Credit of each device of the person who looks. */
export function ByDevice({ devices }: { devices: MyCredit["devices"] }) {
  const t = useTranslations("chart");
  const format = useFormatter();
  return (
    <Card data-testid="my-devices">
      <CardTitle className="mb-2">{t("byDevice")}</CardTitle>
      {devices.length === 0 ? <p className="text-muted">{t("none")}</p> : null}
      <ul className="space-y-2">
        {devices.map((device) => (
          <li key={device.hostId} className="flex justify-between gap-4">
            <span className="min-w-0">
              <bdi className="block truncate">{device.name ?? t("device", { number: device.hostId })}</bdi>
              <span className="text-sm text-muted">
                {t("results", { count: device.results })} · {t("cores", { count: device.cores })} · {t("seen")}{" "}
                <When seconds={device.lastSeenSeconds} />
              </span>
            </span>
            <span className="font-medium tabular-nums">
              {format.number(cobblestones(device.micro), { maximumFractionDigits: 2 })}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
