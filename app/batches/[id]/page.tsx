import type { Metadata } from "next";
import { headers } from "next/headers";
import { notFound } from "next/navigation";
import { serverCaller } from "../../../server/trpc/caller.ts";
import { Messages } from "../../i18n/messages.tsx";
import { unlessRefused } from "../../lib/unless-refused.ts";
import { BatchView } from "./batch-view.tsx";

type Props = { params: Promise<{ id: string }> };

const ID = /^[1-9]\d{0,14}$/;

async function load(id: string) {
  if (!ID.test(id)) return null;
  const caller = serverCaller(await headers());
  const batch = await unlessRefused(caller.batch.get({ batchId: Number(id) }));
  const project = batch && (await caller.project.get({ slug: batch.project }));
  return batch && project ? { batch, project } : null;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const found = await load((await params).id);
  return found === null ? {} : { title: found.batch.name };
}

export default async function BatchPage({ params }: Props) {
  const found = await load((await params).id);
  if (found === null) notFound();
  const { batch, project } = found;
  const { role, isOperator, mayReadData } = project.me;
  return (
    <Messages parts={["batch", "batchState", "reason.device", "refusal"]}>
      <BatchView
        initial={batch}
        projectName={project.name}
        rights={{
          mayControl: role !== null || isOperator,
          isAdmin: role === "owner" || role === "admin" || isOperator,
          mayReadData,
        }}
      />
    </Messages>
  );
}
