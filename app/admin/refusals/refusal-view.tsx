"use client";

import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { Table, Td, Th, Tr } from "../../components/ui/table.tsx";
import { useTRPC } from "../../lib/trpc.tsx";
import { Answer } from "../answer.tsx";

/** What the server said no to in the last week, by call and rule. */
export function RefusalView() {
  const t = useTranslations("admin.refusals");
  const format = useFormatter();
  const trpc = useTRPC();
  const refusals = useQuery(trpc.admin.refusals.queryOptions());
  return (
    <>
      <p className="mb-4 max-w-prose text-muted">{t("text")}</p>
      <Answer query={refusals}>
        {(rows) => (
          <Table stacks label={t("title")}>
            <thead>
              <Tr>
                <Th>{t("rule")}</Th>
                <Th>{t("call")}</Th>
                <Th>{t("hour")}</Th>
                <Th>{t("week")}</Th>
              </Tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Tr key={`${row.code} ${row.path}`}>
                  <Td label={t("rule")} className="font-mono text-xs">
                    {row.code}
                  </Td>
                  <Td label={t("call")} className="font-mono text-xs wrap-anywhere">
                    {row.path}
                  </Td>
                  <Td label={t("hour")}>{format.number(row.lastHour)}</Td>
                  <Td label={t("week")}>{format.number(row.n)}</Td>
                </Tr>
              ))}
            </tbody>
          </Table>
        )}
      </Answer>
    </>
  );
}
