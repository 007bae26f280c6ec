"use client";

import { useTranslations } from "next-intl";
import type { ReadPackage } from "../../../../worker/compute/package/read-package.ts";
import { FormError } from "../../../components/form/field.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { Progress } from "../../../components/ui/progress.tsx";
import { CheckGrid } from "./check-grid.tsx";
import type { Proof } from "./use-proof.ts";

type Props = { kernel: ReadPackage; proof: Proof; onProve: () => void; onStop: () => void };

/** Starts the proof, and shows how far it is. */
export function ProveCard({ kernel, proof, onProve, onStop }: Props) {
  const t = useTranslations("publish.prove");
  return (
    <Card>
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 max-w-prose text-pretty text-muted">{t("text")}</p>
      <div className="mt-4 flex flex-wrap gap-3">
        {proof.state === "running" ? (
          <Button variant="outline" onClick={onStop}>
            {t("stop")}
          </Button>
        ) : (
          <Button variant={proof.state === "none" ? "primary" : "outline"} onClick={onProve}>
            {t(proof.state === "none" ? "start" : "again")}
          </Button>
        )}
      </div>
      {proof.state === "running" ? (
        <div className="mt-5 space-y-4">
          <Progress value={proof.of === 0 ? 0 : proof.done / proof.of} label={t("progress")} />
          <p role="status" className="text-sm text-muted">
            {proof.check === null
              ? t("beginning")
              : t(`now.${proof.check.way}`, {
                  example: proof.check.example,
                  backend: t(`backend.${proof.check.backend}`),
                })}
          </p>
        </div>
      ) : null}
      {proof.state === "running" || proof.state === "done" ? (
        <CheckGrid manifest={kernel.manifest} proof={proof} />
      ) : null}
      {proof.state === "broken" ? (
        <div className="mt-4">
          <FormError>{t("broken", { why: proof.why })}</FormError>
        </div>
      ) : null}
    </Card>
  );
}
