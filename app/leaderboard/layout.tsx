import type { ReactNode } from "react";
import { Messages } from "../i18n/messages.tsx";

export default function LeaderboardLayout({ children }: { children: ReactNode }) {
  return <Messages parts={["leaderboard"]}>{children}</Messages>;
}
