import type { Metadata } from "next";
import { headers } from "next/headers";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../server/trpc/caller.ts";
import { PageTitle } from "../components/page-title.tsx";
import { SignInView } from "./sign-in-view.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("signIn"))("title") };
}

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function SignInPage({ searchParams }: Props) {
  const caller = serverCaller(await headers());
  const [t, ways, query] = await Promise.all([getTranslations("signIn"), caller.account.ways(), searchParams]);
  const { next, error, done } = query;
  return (
    <>
      <PageTitle title={t("title")} lead={t("lead")} />
      <SignInView
        ways={ways}
        next={typeof next === "string" ? next : null}
        failed={error === undefined ? null : error === "account_not_linked" ? "notLinked" : "failed"}
        hasNewPassword={done === "reset"}
      />
    </>
  );
}
