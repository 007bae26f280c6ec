import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { PageTitle } from "../components/page-title.tsx";
import { AccountView } from "./account-view.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("account"))("title") };
}

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function AccountPage({ searchParams }: Props) {
  const [t, { device, linked, error }] = await Promise.all([getTranslations("account"), searchParams]);
  return (
    <>
      <PageTitle title={t("title")} lead={t("lead")} />
      <AccountView device={text(device)} linked={{ provider: text(linked), error: text(error) }} />
    </>
  );
}

const text = (value: string | string[] | undefined): string | null => (typeof value === "string" ? value : null);
