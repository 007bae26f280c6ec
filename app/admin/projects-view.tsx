"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { Field, FormError, Input } from "../components/form/field.tsx";
import { Badge } from "../components/ui/badge.tsx";
import { Button } from "../components/ui/button.tsx";
import { Card } from "../components/ui/card.tsx";
import { When } from "../components/when.tsx";
import { useRefusalText } from "../lib/refusal-text.ts";
import { type AdminProject, useTRPC } from "../lib/trpc.tsx";
import { Answer } from "./answer.tsx";
import { ReasonDialog } from "./reason-dialog.tsx";
import { useAdminRefresh } from "./use-admin-change.ts";

const GIB = 1024 ** 3;

/** Every project of the site, what waits for approval first. */
export function ProjectsView() {
  const trpc = useTRPC();
  const projects = useQuery(trpc.admin.projects.queryOptions());
  return (
    <Answer query={projects}>
      {(rows) => (
        <ul className="space-y-4">
          {rows.map((project) => (
            <li key={project.id}>
              <ProjectCard project={project} />
            </li>
          ))}
        </ul>
      )}
    </Answer>
  );
}

function ProjectCard({ project }: { project: AdminProject }) {
  const t = useTranslations("admin.projects");
  const trpc = useTRPC();
  const format = useFormatter();
  const refresh = useAdminRefresh();
  const refusalText = useRefusalText();
  const { slug } = project;
  const approve = useMutation(trpc.admin.approve.mutationOptions({ onSuccess: refresh }));
  const suspend = useMutation(trpc.admin.suspend.mutationOptions({ onSuccess: refresh }));
  const takeOver = useMutation(trpc.admin.takeOver.mutationOptions({ onSuccess: refresh }));
  const failed = approve.error ?? suspend.error ?? takeOver.error;
  const inGib = (bytes: number) => format.number(bytes / GIB, { maximumFractionDigits: 2 });
  const owners = project.owners.join(", ");
  return (
    <Card>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="font-semibold wrap-anywhere">
            <Link href={`/projects/${slug}`} className="hover:underline">
              {project.name}
            </Link>{" "}
            <span className="font-mono text-sm font-normal text-muted">{slug}</span>
          </h2>
          <p className="text-sm text-muted">
            {project.organisation} · <When seconds={project.createdSeconds} /> ·{" "}
            {owners === "" ? t("nobodys") : t("owners", { owners })}
          </p>
          <p className="mt-2 flex flex-wrap gap-2">
            <Badge tone={project.state === "published" ? "good" : project.state === "waiting" ? "wait" : "neutral"}>
              {t(`state.${project.state}`)}
            </Badge>
            {project.suspendedReason === null ? null : <Badge tone="bad">{t("suspended")}</Badge>}
            {project.isPublic ? null : <Badge>{t("membersOnly")}</Badge>}
            {project.openReports > 0 ? <Badge tone="bad">{t("reports", { count: project.openReports })}</Badge> : null}
          </p>
          {project.suspendedReason === null ? null : <p className="mt-2 text-sm text-bad">{project.suspendedReason}</p>}
        </div>
        <div className="flex flex-wrap gap-2">
          {project.state === "waiting" ? (
            <Button size="sm" disabled={approve.isPending} onClick={() => approve.mutate({ slug })}>
              {t("approve")}
            </Button>
          ) : null}
          {project.owners.length === 0 ? (
            <Button variant="outline" size="sm" disabled={takeOver.isPending} onClick={() => takeOver.mutate({ slug })}>
              {t("takeOver")}
            </Button>
          ) : null}
          {project.suspendedReason === null ? (
            <ReasonDialog
              trigger={t("suspend")}
              title={t("suspendTitle", { project: project.name })}
              text={t("suspendText")}
              disabled={suspend.isPending}
              onConfirm={(reason) => suspend.mutate({ slug, reason })}
            />
          ) : (
            <Button
              variant="outline"
              size="sm"
              disabled={suspend.isPending}
              onClick={() => suspend.mutate({ slug, reason: null })}
            >
              {t("resume")}
            </Button>
          )}
        </div>
      </div>
      {failed ? <FormError>{refusalText(failed)}</FormError> : null}
      <details className="mt-3">
        <summary className="w-fit cursor-pointer py-1 text-sm text-muted underline">
          {t("room", { stored: inGib(project.storedBytes), quota: inGib(project.storageQuotaBytes) })}
        </summary>
        <Quota project={project} />
      </details>
    </Card>
  );
}

function Quota({ project }: { project: AdminProject }) {
  const t = useTranslations("admin.projects");
  const trpc = useTRPC();
  const refresh = useAdminRefresh();
  const refusalText = useRefusalText();
  const [gib, setGib] = useState(String(project.storageQuotaBytes / GIB));
  const [share, setShare] = useState(String(project.share));
  const save = useMutation(trpc.admin.setQuota.mutationOptions({ onSuccess: refresh }));
  return (
    <form
      className="mt-2 flex flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ slug: project.slug, storageBytes: Math.round(Number(gib) * GIB), share: Number(share) });
      }}
    >
      <Field label={t("quota")}>
        {(wiring) => (
          <Input
            {...wiring}
            type="number"
            required
            min={0}
            step="any"
            value={gib}
            onChange={({ target }) => setGib(target.value)}
          />
        )}
      </Field>
      <Field label={t("share")}>
        {(wiring) => (
          <Input
            {...wiring}
            type="number"
            required
            min={0.001}
            max={1000}
            step="any"
            value={share}
            onChange={({ target }) => setShare(target.value)}
          />
        )}
      </Field>
      <Button type="submit" variant="outline" disabled={save.isPending}>
        {t("save")}
      </Button>
      {save.isError ? <FormError>{refusalText(save.error)}</FormError> : null}
    </form>
  );
}
