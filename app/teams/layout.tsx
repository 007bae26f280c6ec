import type { ReactNode } from "react";
import { Messages } from "../i18n/messages.tsx";

export default function TeamsLayout({ children }: { children: ReactNode }) {
  return <Messages parts={["teams", "chart", "refusal"]}>{children}</Messages>;
}
