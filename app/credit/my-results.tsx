"use client";

import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { Table, Td, Th } from "../components/ui/table.tsx";
import { FateBadge } from "../components/volunteer/fate-badge.tsx";
import { When } from "../components/when.tsx";
import type { MyCredit } from "../lib/trpc.tsx";
import { cobblestones } from "../lib/units.ts";

export function MyResults({ results }: { results: MyCredit["results"] }) {
  const t = useTranslations("credit");
  const backend = useTranslations("volunteer.worker.backend");
  const format = useFormatter();
  if (results.length === 0) return <p className="text-muted">{t("noResults")}</p>;
  return (
    <Table label={t("last")}>
      <thead>
        <tr>
          <Th className="w-full">{t("piece")}</Th>
          <Th>{t("on")}</Th>
          <Th>{t("when")}</Th>
          <Th>{t("fate")}</Th>
          <Th className="text-right">{t("credit")}</Th>
        </tr>
      </thead>
      <tbody>
        {results.map((result) => (
          <tr key={result.resultId}>
            <Td>
              <Link href={`/workunits/${result.workunitId}`} className="font-medium hover:underline">
                {result.workunitName}
              </Link>
              <span className="block text-muted">{result.project}</span>
            </Td>
            <Td className="whitespace-nowrap">
              {result.backend === "wgsl" ? backend("wgsl") : result.backend === "wasm" ? backend("wasm") : "–"}
            </Td>
            <Td className="whitespace-nowrap">
              <When seconds={result.reportedSeconds} />
            </Td>
            <Td>
              <FateBadge fate={result.fate} />
            </Td>
            <Td className="text-right">
              {result.creditMicro === null
                ? "–"
                : format.number(cobblestones(result.creditMicro), { maximumFractionDigits: 4 })}
              {result.takenBack ? <span className="block text-sm text-bad">{t("takenBackShort")}</span> : null}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
