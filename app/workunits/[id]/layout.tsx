import type { ReactNode } from "react";
import { Messages } from "../../i18n/messages.tsx";

export default function WorkunitsIdLayout({ children }: { children: ReactNode }) {
  return (
    <Messages
      parts={[
        "workunit",
        "project.policy",
        "project.comparator",
        "volunteer.worker.backend",
        "here",
        "publish.differences",
        "reason",
        "refusal",
      ]}
    >
      {children}
    </Messages>
  );
}
