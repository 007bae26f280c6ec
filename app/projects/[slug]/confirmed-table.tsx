"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { Empty } from "../../components/ui/states.tsx";
import { Table, Td, Th } from "../../components/ui/table.tsx";
import { When } from "../../components/when.tsx";
import type { ConfirmedResults } from "../../lib/trpc.tsx";

export function ConfirmedTable({ results }: { results: ConfirmedResults }) {
  const t = useTranslations("project");
  if (results.length === 0) return <Empty title={t("resultsNone")}>{t("resultsNoneText")}</Empty>;
  return (
    <Table label={t("results")}>
      <thead>
        <tr>
          <Th>{t("piece")}</Th>
          <Th>{t("confirmedBy")}</Th>
          <Th>{t("when")}</Th>
          <Th>{t("size")}</Th>
          <Th>{t("output")}</Th>
        </tr>
      </thead>
      <tbody>
        {results.map((result) => (
          <tr key={result.workunitId}>
            <Td>
              <Link href={`/workunits/${result.workunitId}`} className="font-medium hover:underline">
                {result.name}
              </Link>
            </Td>
            <Td>{t("people", { count: result.confirmations })}</Td>
            <Td className="whitespace-nowrap">
              <When seconds={result.endedSeconds} />
            </Td>
            <Td className="whitespace-nowrap">{t("bytes", { bytes: result.outputBytes })}</Td>
            <Td className="font-mono text-xs">{result.outputSha256.slice(0, 12)}…</Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
