"use client";

import { Check, Clock, Loader, Minus, X } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { KernelManifest } from "../../../../server/core/wire/kernel-manifest.ts";
import type { ProofRunReport } from "../../../../worker/compute/prove/proof-report.ts";
import type { Backend } from "../../../../worker/compute/runtimes/runtime.ts";
import { Table, Td, Th } from "../../../components/ui/table.tsx";
import type { Proof, Check as RunningCheck } from "./use-proof.ts";

const WAYS = ["measured", "checkpoints"] as const;
type Column = { backend: Backend; way: RunningCheck["way"] };

/** Every example on every backend, with steps of different sizes and through checkpoints: what became of each. */
export function CheckGrid({
  manifest,
  proof,
}: {
  manifest: KernelManifest;
  proof: Extract<Proof, { state: "running" | "done" }>;
}) {
  const t = useTranslations("publish.prove");
  const backends = (["wasm", "wgsl"] as const).filter((backend) => manifest.backends[backend] !== undefined);
  const columns = backends.flatMap((backend) => WAYS.map((way): Column => ({ backend, way })));
  // The order in which they are computed.
  const order = backends.flatMap((backend) =>
    manifest.examples.flatMap(({ name }) => WAYS.map((way) => keyOf({ backend, way }, name))),
  );
  const current =
    proof.state === "running" && proof.check !== null ? order.indexOf(keyOf(proof.check, proof.check.example)) : -1;
  return (
    <div className="mt-5">
      <Table label={t("table")}>
        <thead>
          <tr>
            <Th>{t("example")}</Th>
            {columns.map(({ backend, way }) => (
              <Th key={`${backend} ${way}`}>
                {t(`backend.${backend}`)}
                <span className="block font-normal">{t(`way.${way}`)}</span>
              </Th>
            ))}
          </tr>
        </thead>
        <tbody>
          {manifest.examples.map(({ name }) => (
            <tr key={name}>
              <Td className="font-medium">{name}</Td>
              {columns.map((column) => (
                <Td key={`${column.backend} ${column.way}`}>
                  {proof.state === "done" ? (
                    <Outcome run={runOf(proof.report.runs, column, name)} />
                  ) : (
                    <Waiting place={order.indexOf(keyOf(column, name)) - current} />
                  )}
                </Td>
              ))}
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}

const keyOf = ({ backend, way }: Column, example: string): string => `${backend} ${way} ${example}`;

function runOf(runs: readonly ProofRunReport[], { backend, way }: Column, example: string): ProofRunReport | undefined {
  return runs.find((run) => run.backend === backend && run.way.type === way && run.example === example);
}

/** `place`: how far from the one that is computed now, in the order of computing. */
function Waiting({ place }: { place: number }) {
  const t = useTranslations("publish.prove.outcome");
  if (place > 0) return <Line icon={<Clock />} tone="text-muted" text={t("waiting")} />;
  if (place === 0) return <Line icon={<Loader className="animate-spin" />} tone="text-accent" text={t("running")} />;
  return <Line icon={<Check />} tone="text-muted" text={t("over")} />;
}

function Outcome({ run }: { run: ProofRunReport | undefined }) {
  const t = useTranslations("publish.prove.outcome");
  const format = useFormatter();
  if (run === undefined) return <Line icon={<Minus />} tone="text-muted" text={t("none")} />;
  const differing = (run.fromKnown ?? run.fromMeasured)?.differingBytes ?? 0;
  const how = t("steps", { steps: run.steps, ms: format.number(run.computeMs, { maximumFractionDigits: 1 }) });
  if (!run.agrees) return <Line icon={<X />} tone="text-bad" text={t("differs", { bytes: differing })} more={how} />;
  if (differing > 0)
    return <Line icon={<Check />} tone="text-wait" text={t("near", { bytes: differing })} more={how} />;
  return <Line icon={<Check />} tone="text-good" text={t("same")} more={how} />;
}

function Line({ icon, tone, text, more }: { icon: ReactNode; tone: string; text: string; more?: string }) {
  return (
    <div className="whitespace-nowrap">
      <p className={`flex items-center gap-1.5 ${tone} [&_svg]:size-4 [&_svg]:shrink-0`}>
        <span aria-hidden="true">{icon}</span>
        {text}
      </p>
      {more === undefined ? null : <p className="text-xs text-muted">{more}</p>}
    </div>
  );
}
