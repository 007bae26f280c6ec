"use client";

import type { ReadPackage } from "../../../../worker/compute/package/read-package.ts";
import { ProofView } from "./proof-view.tsx";
import { ProveCard } from "./prove-card.tsx";
import { PublishCard } from "./publish-card.tsx";
import { useProof } from "./use-proof.ts";

/** What was found sound is computed here, and what passed is sent. */
export function ProveAndPublish({ slug, kernel, zip }: { slug: string; kernel: ReadPackage; zip: File | null }) {
  const { proof, prove, stop } = useProof(kernel);
  return (
    <>
      <ProveCard kernel={kernel} proof={proof} onProve={prove} onStop={stop} />
      {proof.state === "done" ? (
        <>
          <ProofView manifest={kernel.manifest} report={proof.report} />
          <PublishCard slug={slug} kernel={kernel} zip={zip} report={proof.report} />
        </>
      ) : null}
    </>
  );
}
