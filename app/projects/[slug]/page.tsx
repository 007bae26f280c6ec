import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { serverCaller } from "../../../server/trpc/caller.ts";
import { ReportForm } from "../../components/report-form.tsx";
import { ProjectView } from "./project-view.tsx";

type Props = { params: Promise<{ slug: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const project = await serverCaller().project.get({ slug: (await params).slug });
  return project ? { title: project.name, description: project.summary } : {};
}

export default async function ProjectRoute({ params }: Props) {
  const { slug } = await params;
  const [project, cost, confirmed] = await Promise.all([
    serverCaller().project.get({ slug }),
    serverCaller().project.cost({ slug }),
    serverCaller().project.confirmed({ slug }),
  ]);
  if (!project) notFound();
  return (
    <div className="space-y-8">
      <ProjectView initial={{ project, cost, confirmed }} />
      <ReportForm slug={slug} project={project.name} />
    </div>
  );
}
