import type { ReactNode } from "react";
import { Messages } from "../i18n/messages.tsx";

export default function ProjectsLayout({ children }: { children: ReactNode }) {
  return <Messages parts={["projects"]}>{children}</Messages>;
}
