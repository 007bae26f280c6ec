import type { Metadata } from "next";
import { headers } from "next/headers";
import { notFound } from "next/navigation";
import { serverCaller } from "../../../server/trpc/caller.ts";
import { ReportForm } from "../../components/report-form.tsx";
import { unlessRefused } from "../../lib/unless-refused.ts";
import { ProjectView } from "./project-view.tsx";

type Props = { params: Promise<{ slug: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const project = await serverCaller(await headers()).project.get({ slug: (await params).slug });
  return project ? { title: project.name, description: project.summary } : {};
}

export default async function ProjectRoute({ params }: Props) {
  const { slug } = await params;
  const caller = serverCaller(await headers());
  const [project, cost, confirmed] = await Promise.all([
    caller.project.get({ slug }),
    unlessRefused(caller.project.cost({ slug })),
    unlessRefused(caller.project.confirmed({ slug })),
  ]);
  if (!project || !cost || !confirmed) notFound();
  return (
    <div className="space-y-8">
      <ProjectView initial={{ project, cost, confirmed }} />
      {project.isVisible ? <ReportForm slug={slug} project={project.name} /> : null}
    </div>
  );
}
