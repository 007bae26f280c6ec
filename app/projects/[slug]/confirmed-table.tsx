"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { Empty } from "../../components/ui/states.tsx";
import { Table, Td, Th, Tr } from "../../components/ui/table.tsx";
import { When } from "../../components/when.tsx";
import type { ConfirmedResults } from "../../lib/trpc.tsx";

export function ConfirmedTable({ results }: { results: ConfirmedResults }) {
  const t = useTranslations("project");
  if (results.length === 0) return <Empty title={t("resultsNone")}>{t("resultsNoneText")}</Empty>;
  return (
    <Table stacks label={t("results")}>
      <thead>
        <Tr>
          <Th>{t("piece")}</Th>
          <Th>{t("confirmedBy")}</Th>
          <Th>{t("when")}</Th>
          <Th>{t("size")}</Th>
          <Th>{t("output")}</Th>
        </Tr>
      </thead>
      <tbody>
        {results.map((result) => (
          <Tr key={result.workunitId}>
            <Td>
              <Link href={`/workunits/${result.workunitId}`} className="font-medium hover:underline">
                {result.name}
              </Link>
            </Td>
            <Td label={t("confirmedBy")}>{t("people", { count: result.confirmations })}</Td>
            <Td label={t("when")} className="whitespace-nowrap">
              <When seconds={result.endedSeconds} />
            </Td>
            <Td label={t("size")} className="whitespace-nowrap">
              {t("bytes", { bytes: result.outputBytes })}
            </Td>
            <Td label={t("output")} className="font-mono text-xs">
              {result.outputSha256.slice(0, 12)}…
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}
