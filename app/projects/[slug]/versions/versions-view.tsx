"use client";

import { useQuery } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { useTranslations } from "next-intl";
import type { AppRouter } from "../../../../server/trpc/caller.ts";
import { CardTitle } from "../../../components/ui/card.tsx";
import { Empty } from "../../../components/ui/states.tsx";
import { useTRPC } from "../../../lib/trpc.tsx";
import { VersionCard } from "./version-card.tsx";

export type ProjectApps = inferRouterOutputs<AppRouter>["version"]["byApp"];
export type Version = ProjectApps[number]["versions"][number];

/** A project's programs, each with all of its versions, the newest first. */
export function VersionsView({ slug, initial, isOwner }: { slug: string; initial: ProjectApps; isOwner: boolean }) {
  const t = useTranslations("versions");
  const trpc = useTRPC();
  const apps = useQuery(trpc.version.byApp.queryOptions({ slug }, { initialData: initial })).data;
  if (apps.length === 0) return <Empty title={t("none")}>{t("noneText")}</Empty>;
  return (
    <div className="space-y-10">
      {apps.map(({ app, title, versions }) => (
        <section key={app} className="space-y-4">
          <CardTitle>
            {title} <span className="font-mono text-base font-normal text-muted">{app}</span>
          </CardTitle>
          {versions.map((version) => (
            <VersionCard
              key={version.appVersionId}
              version={version}
              others={versions.filter(
                (other) => other.state === "published" && other.appVersionId !== version.appVersionId,
              )}
              isOwner={isOwner}
            />
          ))}
        </section>
      ))}
    </div>
  );
}
