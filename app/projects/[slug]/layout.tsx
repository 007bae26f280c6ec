import type { ReactNode } from "react";
import { Messages } from "../../i18n/messages.tsx";

export default function ProjectsSlugLayout({ children }: { children: ReactNode }) {
  return <Messages parts={["project", "atlas", "align", "ising", "cluster", "report", "refusal"]}>{children}</Messages>;
}
