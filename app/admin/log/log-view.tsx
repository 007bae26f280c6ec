"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { DeedTable } from "../../components/deed-table.tsx";
import { Button } from "../../components/ui/button.tsx";
import { useTRPC } from "../../lib/trpc.tsx";
import { Answer } from "../answer.tsx";

/** Rows of a full page. */
const PAGE = 100;

/** Everything that operators, owners and admins did. */
export function LogView() {
  const t = useTranslations("admin");
  const trpc = useTRPC();
  const [beforeId, setBefore] = useState<number | null>(null);
  const deeds = useQuery(trpc.admin.deeds.queryOptions({ beforeId }));
  return (
    <Answer query={deeds}>
      {(rows) => (
        <>
          <DeedTable deeds={[...rows]} withProject />
          <p className="mt-4 flex gap-3">
            {beforeId === null ? null : (
              <Button variant="outline" size="sm" onClick={() => setBefore(null)}>
                {t("newest")}
              </Button>
            )}
            {rows.length < PAGE ? null : (
              <Button variant="outline" size="sm" onClick={() => setBefore(rows.at(-1)?.id ?? null)}>
                {t("older")}
              </Button>
            )}
          </p>
        </>
      )}
    </Answer>
  );
}
