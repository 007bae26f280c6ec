import type { Metadata } from "next";
import { headers } from "next/headers";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../../../server/trpc/caller.ts";
import { SignInFirst } from "../../../components/sign-in-first.tsx";
import { Empty } from "../../../components/ui/states.tsx";
import { Messages } from "../../../i18n/messages.tsx";
import { unlessRefused } from "../../../lib/unless-refused.ts";
import { AcceptInvitation } from "./accept-invitation.tsx";

export async function generateMetadata(): Promise<Metadata> {
  // The address is a secret: no page that is left from here may be told it.
  return { title: (await getTranslations("invitation"))("title"), referrer: "no-referrer", robots: { index: false } };
}

export default async function JoinPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const caller = serverCaller(await headers());
  const [t, invitation, mine] = await Promise.all([
    getTranslations("invitation"),
    caller.invitation.see({ token }),
    unlessRefused(caller.project.mine()),
  ]);
  if (invitation === null) {
    return (
      <Empty title={t("over")} heading="h1">
        {t("overText")}
      </Empty>
    );
  }
  const title = t("invited", { project: invitation.project.name });
  if (mine === null) return <SignInFirst title={title} next={`/projects/join/${token}`} />;
  return (
    <Messages parts={["invitation", "refusal"]}>
      <AcceptInvitation token={token} project={invitation.project.name} role={invitation.role} />
    </Messages>
  );
}
