import type { Metadata } from "next";
import { headers } from "next/headers";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../../server/trpc/caller.ts";
import { SignInFirst } from "../../components/sign-in-first.tsx";
import { Messages } from "../../i18n/messages.tsx";
import { unlessRefused } from "../../lib/unless-refused.ts";
import { BecomeOperator } from "./become-operator.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("operator"))("title"), referrer: "no-referrer", robots: { index: false } };
}

export default async function OperatorPage({ params }: { params: Promise<{ secret: string }> }) {
  const { secret } = await params;
  const t = await getTranslations("operator");
  const mine = await unlessRefused(serverCaller(await headers()).project.mine());
  if (mine === null) return <SignInFirst title={t("title")} next={`/operator/${secret}`} />;
  return (
    <Messages parts={["operator", "refusal"]}>
      <BecomeOperator secret={secret} />
    </Messages>
  );
}
