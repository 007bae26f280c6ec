import type { ReactNode } from "react";
import { Messages } from "../i18n/messages.tsx";

export default function StatusLayout({ children }: { children: ReactNode }) {
  return <Messages parts={["status"]}>{children}</Messages>;
}
