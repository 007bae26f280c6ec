import type { ReactNode } from "react";
import { Messages } from "../i18n/messages.tsx";

export default function AccountLayout({ children }: { children: ReactNode }) {
  return (
    <Messages parts={["account", "signIn", "credit", "statistics", "tokens", "secret", "refusal"]}>{children}</Messages>
  );
}
