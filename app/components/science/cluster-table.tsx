"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { SLOW_LIVE_MS, useTRPC } from "../../lib/trpc.tsx";
import { Badge } from "../ui/badge.tsx";
import { Card, CardTitle } from "../ui/card.tsx";
import { Empty, Skeleton } from "../ui/states.tsx";
import { Table, Td, Th } from "../ui/table.tsx";
import { ClusterPicture } from "./cluster-picture.tsx";

/** Two energies count as the same structure within this relative difference: the published ones have six decimals. */
const SAME_ENERGY = 1e-5;

/** The best energy found for each size against the published one, and the structure, turning. */
export default function ClusterTable({ slug }: { slug: string }) {
  const t = useTranslations("cluster");
  const format = useFormatter();
  const trpc = useTRPC();
  const [chosen, setChosen] = useState<number | null>(null);
  const { data } = useQuery(trpc.science.cluster.queryOptions({ slug }, { refetchInterval: SLOW_LIVE_MS }));
  if (data === undefined) return <Skeleton className="h-80" label={t("title")} />;
  const shown = data.sizes.find((size) => size.atoms === chosen) ?? data.sizes.at(-1);
  const energy = (value: number | null) =>
    value === null ? "–" : format.number(value, { minimumFractionDigits: 4, maximumFractionDigits: 4 });
  return (
    <Card>
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 text-sm text-muted">{t("text")}</p>
      {shown === undefined ? (
        <div className="mt-4">
          <Empty title={t("none")} />
        </div>
      ) : (
        <div
          className="mt-4 grid gap-6 lg:grid-cols-[1.2fr_1fr]"
          data-testid="cluster-sizes"
          data-sizes={data.sizes.length}
        >
          <Table label={t("title")}>
            <thead>
              <tr>
                <Th>{t("atoms")}</Th>
                <Th>{t("found")}</Th>
                <Th>{t("published")}</Th>
                <Th />
              </tr>
            </thead>
            <tbody>
              {data.sizes.map((size) => {
                const reached =
                  size.published !== null && size.energy <= size.published + Math.abs(size.published) * SAME_ENERGY;
                return (
                  <tr key={size.atoms} className={size.atoms === shown.atoms ? "bg-accent-soft" : undefined}>
                    <Td>
                      <button
                        type="button"
                        className="rounded px-1 font-medium underline"
                        onClick={() => setChosen(size.atoms)}
                      >
                        {size.atoms}
                      </button>
                    </Td>
                    <Td>
                      <Link href={`/workunits/${size.workunitId}`} className="hover:underline">
                        {energy(size.energy)}
                      </Link>
                    </Td>
                    <Td>{energy(size.published)}</Td>
                    <Td>
                      {size.published === null ? null : (
                        <Badge tone={reached ? "good" : "wait"}>{t(reached ? "reached" : "notReached")}</Badge>
                      )}
                    </Td>
                  </tr>
                );
              })}
            </tbody>
          </Table>
          <ClusterPicture coordinates={shown.coordinates} label={t("structure", { atoms: shown.atoms })} />
        </div>
      )}
    </Card>
  );
}
