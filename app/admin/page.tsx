import { ProjectsView } from "./projects-view.tsx";

export default function AdminProjectsPage() {
  return <ProjectsView />;
}
