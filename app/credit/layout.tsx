import type { ReactNode } from "react";
import { Messages } from "../i18n/messages.tsx";

export default function CreditLayout({ children }: { children: ReactNode }) {
  return (
    <Messages
      parts={[
        "credit",
        "account.offer",
        "chart",
        "badges",
        "refusal",
        "volunteer.fate",
        "volunteer.fates",
        "volunteer.worker.backend",
      ]}
    >
      {children}
    </Messages>
  );
}
