"use client";

import { useFormatter, useTranslations } from "next-intl";
import type { KernelManifest } from "../../../../server/core/wire/kernel-manifest.ts";
import type { BackendProof, ProofReport } from "../../../../worker/compute/prove/proof-report.ts";
import { Badge } from "../../../components/ui/badge.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { useFaultText } from "../../../lib/fault-text.ts";
import { Differences } from "./differences.tsx";
import { FaultList } from "./fault-list.tsx";
import { ProposalsCard } from "./proposals-card.tsx";

/** What the proof found: per backend, what differs bit by bit, and what kernel.json might say. */
export function ProofView({ manifest, report }: { manifest: KernelManifest; report: ProofReport }) {
  const t = useTranslations("publish.report");
  return (
    <>
      <Card>
        <div className="flex flex-wrap items-center gap-3" role="status">
          <CardTitle>{t("title")}</CardTitle>
          {report.passed ? (
            <Badge tone={report.complete ? "good" : "wait"} className="whitespace-normal">
              {t(report.complete ? "passed" : "passedPartly")}
            </Badge>
          ) : (
            <Badge tone="bad">{t("failed")}</Badge>
          )}
        </div>
        <ul className="mt-4 grid gap-4 md:grid-cols-2">
          {report.backends.map((proof) => (
            <li key={proof.backend} className="min-w-0 rounded-xl border p-4">
              <Backend proof={proof} />
            </li>
          ))}
        </ul>
        {report.faults.length > 0 ? <FaultList faults={report.faults} /> : null}
      </Card>
      <Differences runs={report.runs} />
      {report.proposals === null ? null : <ProposalsCard manifest={manifest} proposals={report.proposals} />}
    </>
  );
}

const TONES = { proven: "good", failed: "bad", unavailable: "wait" } as const;

function Backend({ proof }: { proof: BackendProof }) {
  const t = useTranslations("publish.report");
  const format = useFormatter();
  const number = (value: number) => format.number(value, { maximumSignificantDigits: 4 });
  return (
    <>
      <p className="flex flex-wrap items-center gap-2 font-medium">
        {t(`backend.${proof.backend}`)}
        <Badge tone={TONES[proof.state]}>{t(`state.${proof.state}`)}</Badge>
      </p>
      {proof.state === "proven" ? (
        <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
          <dt className="text-muted">{t("device")}</dt>
          <dd className="wrap-anywhere">{proof.backend === "wasm" ? t("thisProcessor") : proof.device}</dd>
          <dt className="text-muted">{t("speed")}</dt>
          <dd>
            {proof.speed.examplesMs > 0
              ? t("unitsPerSecond", { units: number(proof.speed.unitsPerSecond) })
              : t("tooShort")}
          </dd>
          <dt className="text-muted">{t("longestStep")}</dt>
          <dd>{t("ms", { ms: number(proof.speed.longestStepMs) })}</dd>
          <dt className="text-muted">{t("allExamples")}</dt>
          <dd>{t("ms", { ms: number(proof.speed.examplesMs) })}</dd>
        </dl>
      ) : (
        <WhyNotProven proof={proof} />
      )}
      {proof.state === "unavailable" ? <p className="mt-2 text-sm text-pretty">{t("unavailableText")}</p> : null}
    </>
  );
}

function WhyNotProven({ proof }: { proof: Exclude<BackendProof, { state: "proven" }> }) {
  const { lang, text } = useFaultText().problem(proof.reason, proof.state === "failed" ? proof.why : undefined);
  return (
    <p lang={lang} className="mt-2 text-sm wrap-anywhere text-muted">
      {text}
    </p>
  );
}
