import type { Metadata } from "next";
import { headers } from "next/headers";
import { notFound } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../../server/trpc/caller.ts";
import { WorkunitView } from "./workunit-view.tsx";

type Props = { params: Promise<{ id: string }> };

const ID = /^[1-9]\d{0,17}$/;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const [t, { id }] = await Promise.all([getTranslations("workunit"), params]);
  return ID.test(id) ? { title: t("title", { id }) } : {};
}

export default async function WorkunitPage({ params }: Props) {
  const { id } = await params;
  if (!ID.test(id)) notFound();
  // As its visitor: members see what others do not.
  const story = await serverCaller(await headers()).workunit.story({ id });
  if (!story) notFound();
  return <WorkunitView initial={story} />;
}
