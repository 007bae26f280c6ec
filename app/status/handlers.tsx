"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { Table, Td, Th, Tr } from "../components/ui/table.tsx";
import { When } from "../components/when.tsx";
import type { SiteStatus } from "../lib/trpc.tsx";
import { useDuration } from "./use-duration.ts";

/** Projects that are told late, because their own receiver is slow, failing or gone. */
export function Handlers({ handlers }: { handlers: SiteStatus["handlers"] }) {
  const t = useTranslations("status");
  const format = useFormatter();
  const duration = useDuration();
  return (
    <Card>
      <CardTitle className="mb-3">{t("handlers")}</CardTitle>
      <Table stacks label={t("handlers")}>
        <thead>
          <Tr>
            <Th>{t("project")}</Th>
            <Th>{t("handler")}</Th>
            <Th>{t("handlerWaiting")}</Th>
            <Th>{t("oldestMessage")}</Th>
            <Th>{t("handlerState")}</Th>
          </Tr>
        </thead>
        <tbody>
          {handlers.map((handler) => (
            <Tr key={handler.id}>
              <Td>{handler.project}</Td>
              <Td label={t("handler")}>{t(`handlerKind.${handler.kind}`)}</Td>
              <Td label={t("handlerWaiting")}>{format.number(handler.waiting)}</Td>
              <Td label={t("oldestMessage")} className="whitespace-nowrap">
                {handler.oldestSeconds === null ? "–" : duration(handler.oldestSeconds)}
              </Td>
              <Td label={t("handlerState")} className="whitespace-nowrap">
                {handler.failingSinceSeconds === null || !handler.enabled ? (
                  t(handler.enabled ? "handlerWorks" : "handlerOff")
                ) : (
                  <span className="text-bad">
                    {t("handlerFails")} <When seconds={handler.failingSinceSeconds} />
                    {handler.failure === null ? null : (
                      <span className="block">{t(`handlerFailure.${handler.failure}`)}</span>
                    )}
                  </span>
                )}
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}
