"use client";

import { ExternalLink, EyeOff } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Markdown } from "../../components/markdown.tsx";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import type { ProjectPage } from "../../lib/trpc.tsx";

/** What a project says about itself. */
export function ProjectAbout({ project }: { project: ProjectPage }) {
  const t = useTranslations("project");
  return (
    <Card>
      {project.pictureSha256 ? (
        // biome-ignore lint/performance/noImgElement: it is small, already in the size it is shown in, and cached for ever
        <img
          src={`/api/projects/${project.slug}/picture/${project.pictureSha256}`}
          alt=""
          className="mb-5 max-h-64 w-full rounded-xl object-cover"
        />
      ) : null}
      <CardTitle>{t("about")}</CardTitle>
      <div className="mt-2 max-w-prose">
        <Markdown text={project.description} />
      </div>
      <ul className="mt-4 flex flex-wrap gap-x-5 gap-y-2">
        {project.url ? <Outside href={project.url}>{t("website")}</Outside> : null}
        {project.links.map((link) => (
          <Outside key={link.url} href={link.url}>
            {link.label}
          </Outside>
        ))}
      </ul>
      {project.licence ? (
        <p className="mt-4 text-sm text-muted">{t("dataLicence", { licence: project.licence })}</p>
      ) : null}
    </Card>
  );
}

function Outside({ href, children }: { href: string; children: ReactNode }) {
  return (
    <li>
      <a
        href={href}
        rel="noopener noreferrer nofollow"
        className="inline-flex items-center gap-1.5 text-accent underline wrap-anywhere"
      >
        {children} <ExternalLink className="size-4 shrink-0" aria-hidden="true" />
      </a>
    </li>
  );
}

/** Tells a project's own people that others do not see it, and why. */
export function ProjectNotice({ project }: { project: ProjectPage }) {
  const t = useTranslations("project.notice");
  if (project.isVisible) return null;
  return (
    <p role="status" className="flex items-start gap-2 rounded-xl bg-wait-soft p-4 text-pretty text-wait">
      <EyeOff aria-hidden="true" className="mt-0.5 size-5 shrink-0" />
      {project.suspendedReason === null
        ? t(project.state === "waiting" ? "waiting" : "unpublished")
        : t("suspended", { reason: project.suspendedReason })}
    </p>
  );
}
