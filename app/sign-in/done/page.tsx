import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { PageTitle } from "../../components/page-title.tsx";
import { Arriving } from "./arriving.tsx";

export const metadata: Metadata = { robots: { index: false } };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

/** Where a provider sends people back to: this browser's identity comes to the account before anything else is shown. */
export default async function DonePage({ searchParams }: Props) {
  const [t, { next }] = await Promise.all([getTranslations("signIn"), searchParams]);
  return (
    <>
      <PageTitle title={t("done")} />
      <Arriving next={typeof next === "string" ? next : null} />
    </>
  );
}
