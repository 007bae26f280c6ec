"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import { Table, Td, Th, Tr } from "../../components/ui/table.tsx";
import type { ProjectCost } from "../../lib/trpc.tsx";
import { useDuration } from "../../status/use-duration.ts";

/** How often things were computed, how often answers differed, how long a decision took: per program and policy. */
export function CostTable({ cost }: { cost: ProjectCost }) {
  const t = useTranslations("project.cost");
  const policy = useTranslations("project.policy");
  const format = useFormatter();
  const duration = useDuration();
  return (
    <Card>
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 mb-3 text-sm text-muted">{t("text")}</p>
      {cost.length === 0 ? (
        <p className="text-muted">{t("none")}</p>
      ) : (
        <Table stacks label={t("title")}>
          <thead>
            <Tr>
              <Th>{t("policy")}</Th>
              <Th>{t("factor")}</Th>
              <Th>{t("disagreement")}</Th>
              <Th>{t("latency")}</Th>
            </Tr>
          </thead>
          <tbody>
            {cost.map((row) => (
              <Tr key={`${row.app} ${row.policy}`}>
                <Td>
                  {row.app}: {policy(row.policy)}
                </Td>
                <Td label={t("factor")}>
                  {row.redundancyFactor === null
                    ? "–"
                    : t("factorValue", { factor: format.number(row.redundancyFactor, { maximumFractionDigits: 2 }) })}
                </Td>
                <Td label={t("disagreement")}>
                  {row.disagreementRate === null
                    ? "–"
                    : format.number(row.disagreementRate, { style: "percent", maximumFractionDigits: 2 })}
                </Td>
                <Td label={t("latency")}>
                  {row.latencyP50Seconds === null || row.latencyP95Seconds === null
                    ? "–"
                    : t("latencyValue", {
                        p50: duration(row.latencyP50Seconds),
                        p95: duration(row.latencyP95Seconds),
                      })}
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  );
}
