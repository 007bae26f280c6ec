import type { ReactNode } from "react";
import { Messages } from "../i18n/messages.tsx";

export default function PeopleLayout({ children }: { children: ReactNode }) {
  return <Messages parts={["chart", "badges"]}>{children}</Messages>;
}
