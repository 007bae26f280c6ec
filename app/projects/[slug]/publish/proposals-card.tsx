"use client";

import { useFormatter, useTranslations } from "next-intl";
import type { KernelManifest } from "../../../../server/core/wire/kernel-manifest.ts";
import type { Proposals } from "../../../../worker/compute/prove/proof-report.ts";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { Table, Td, Th } from "../../../components/ui/table.tsx";
import { useFaultText } from "../../../lib/fault-text.ts";

/** What kernel.json might say, from what was measured. Nothing of it is changed for its author. */
export function ProposalsCard({ manifest, proposals }: { manifest: KernelManifest; proposals: Proposals }) {
  const t = useTranslations("publish.proposals");
  const say = useFaultText();
  const format = useFormatter();
  const { exactness, why, comparator, steps, cost } = proposals;
  const number = (value: number) => format.number(value, { maximumSignificantDigits: 3 });
  const lines = {
    exactness,
    ...(comparator === null ? {} : { comparator }),
    ...(cost === null ? {} : { cost: { flopsPerUnit: cost.flopsPerUnit } }),
  };
  return (
    <Card>
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 max-w-prose text-pretty text-muted">{t("text")}</p>
      <dl className="mt-4 space-y-4">
        <div>
          <dt className="font-medium">{t("exactness", { exactness: t(`class.${exactness}`) })}</dt>
          <dd className="text-sm text-muted">
            <span lang={say.proposal(why).lang}>{say.proposal(why).text}</span>
            {". "}
            {t(exactness === manifest.exactness ? "asNow" : "now", { now: t(`class.${manifest.exactness}`) })}
          </dd>
        </div>
        {steps.map(({ backend, unitsPerStep, advice }) => (
          <div key={backend}>
            <dt className="font-medium">
              {t("step", { backend: t(`backend.${backend}`), units: number(unitsPerStep) })}
            </dt>
            {advice === null ? null : (
              <dd lang={say.proposal(advice).lang} className="text-sm text-wait">
                {say.proposal(advice).text}
              </dd>
            )}
          </div>
        ))}
        {cost === null ? null : (
          <div>
            <dt className="font-medium">{t("cost", { flops: number(cost.flopsPerUnit) })}</dt>
            <dd className="mt-1 text-sm">
              <Table label={t("costTable")} className="w-auto">
                <thead>
                  <tr>
                    <Th>{t("example")}</Th>
                    <Th>{t("flops")}</Th>
                    <Th>{t("credit")}</Th>
                  </tr>
                </thead>
                <tbody>
                  {cost.examples.map(({ example, flops, cobblestones }) => (
                    <tr key={example}>
                      <Td>{example}</Td>
                      <Td>{number(flops)}</Td>
                      <Td>{number(cobblestones)}</Td>
                    </tr>
                  ))}
                </tbody>
              </Table>
            </dd>
          </div>
        )}
        <div>
          <dt className="font-medium">{t("json")}</dt>
          <dd>
            <pre className="mt-1 rounded-lg bg-sunken p-3 font-mono text-xs whitespace-pre-wrap wrap-anywhere">
              {JSON.stringify(lines, null, 2)}
            </pre>
          </dd>
        </div>
      </dl>
    </Card>
  );
}
