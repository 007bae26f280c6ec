"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Table, Td, Th, Tr } from "../../../components/ui/table.tsx";
import { When } from "../../../components/when.tsx";
import type { Version } from "./versions-view.tsx";

/** What the server found when it computed a version's examples, example by example. */
export function ProofDetails({ proof }: { proof: NonNullable<Version["proof"]> }) {
  const t = useTranslations("versions.details");
  const format = useFormatter();
  const number = (value: number) => format.number(value, { maximumSignificantDigits: 4 });
  return (
    <details className="mt-2" data-testid="proof">
      <summary className="cursor-pointer underline">{t("title")}</summary>
      <p className="mt-2 text-muted">
        <When seconds={proof.provenSeconds} />
        {proof.unitsPerSecond === null ? "" : ` · ${t("speed", { units: number(proof.unitsPerSecond) })}`}
      </p>
      <Table stacks label={t("title")} className="mt-2">
        <thead>
          <Tr>
            <Th>{t("example")}</Th>
            <Th>{t("answer")}</Th>
            <Th>{t("computed")}</Th>
            <Th>{t("checkpoints")}</Th>
          </Tr>
        </thead>
        <tbody>
          {proof.examples.map(({ name, differingBytes, computeMs, steps, checkpointSteps }) => (
            <Tr key={name}>
              <Td className="font-medium">{name}</Td>
              <Td label={t("answer")}>{differingBytes === 0 ? t("same") : t("near", { count: differingBytes })}</Td>
              <Td label={t("computed")}>{t("steps", { ms: number(computeMs), count: steps })}</Td>
              <Td label={t("checkpoints")}>
                {checkpointSteps === null ? "–" : t("through", { count: checkpointSteps })}
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </details>
  );
}
