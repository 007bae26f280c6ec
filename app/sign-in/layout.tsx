import type { ReactNode } from "react";
import { Messages } from "../i18n/messages.tsx";

export default function SignInLayout({ children }: { children: ReactNode }) {
  return <Messages parts={["signIn", "refusal"]}>{children}</Messages>;
}
