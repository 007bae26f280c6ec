"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReadPackage } from "../../../../worker/compute/package/read-package.ts";
import type { ProofReport } from "../../../../worker/compute/prove/proof-report.ts";
import { FormDone, FormError } from "../../../components/form/field.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { useRefusalText } from "../../../lib/refusal-text.ts";
import { FaultList } from "./fault-list.tsx";
import { SendError, sendPackage } from "./send-package.ts";

type Props = { slug: string; kernel: ReadPackage; zip: File | null; report: ProofReport };

/** The last step: what passed here is sent, and the server computes the part that it can once more. */
export function PublishCard({ slug, kernel, zip, report }: Props) {
  const t = useTranslations("publish.send");
  const refusalText = useRefusalText();
  const queries = useQueryClient();
  const { name, version, backends } = kernel.manifest;
  const send = useMutation({
    mutationFn: () => sendPackage(slug, kernel, zip),
    onSuccess: () => queries.invalidateQueries(),
  });
  const done = backends.wasm === undefined ? "doneNoWasm" : "done";
  const faults = send.error instanceof SendError ? send.error.faults : [];
  return (
    <Card>
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 max-w-prose text-pretty text-muted">
        {t(backends.wasm === undefined ? "textNoWasm" : "text")} {t("immutable")}
      </p>
      {report.passed ? (
        <Button
          className="mt-4 h-auto min-h-11 whitespace-normal"
          disabled={send.isPending || send.isSuccess}
          onClick={() => send.mutate()}
        >
          {t(send.isPending ? "sending" : "publish", { name, version })}
        </Button>
      ) : (
        <p className="mt-4 rounded-xl bg-bad-soft p-3 text-pretty text-bad" data-testid="unpublishable">
          {t(report.faults.length > 0 ? "failed" : "unproven")}
        </p>
      )}
      <div className="mt-4 empty:hidden">
        {send.isError ? (
          <div data-testid="refused">
            <FormError>{faults.length > 0 ? t("refused") : refusalText(send.error)}</FormError>
            {faults.length > 0 ? <FaultList faults={faults} /> : null}
          </div>
        ) : null}
        {send.isSuccess ? (
          <FormDone>
            {t(send.data.isNew ? done : "doneBefore", { name: send.data.app, version: send.data.version })}{" "}
            <Link href={`/projects/${slug}/versions`} className="underline">
              {t("look")}
            </Link>
            <span className="mt-2 block font-mono text-xs break-all">SHA-256 {send.data.hash}</span>
          </FormDone>
        ) : null}
      </div>
    </Card>
  );
}
