"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Field, FormError, Input, Select } from "../../components/form/field.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import { useRefusalText } from "../../lib/refusal-text.ts";
import { type ReducedResults, type ReductionAsked, useTRPC } from "../../lib/trpc.tsx";
import { ReducedView } from "./reduced-view.tsx";

const KINDS = ["sum", "min", "max", "top", "histogram"] as const;
type Kind = (typeof KINDS)[number];

export type Answer = ReducedResults & { field: string; from: number; to: number };

/** All confirmed outputs as one answer, computed by the server from the outputs themselves. */
export function Reduce({ batchId, confirmed }: { batchId: number; confirmed: number }) {
  const t = useTranslations("batch.reduce");
  const trpc = useTRPC();
  const refusalText = useRefusalText();
  const fields = useQuery(trpc.batch.fields.queryOptions({ batchId }, { staleTime: Number.POSITIVE_INFINITY })).data;
  const [kind, setKind] = useState<Kind>("histogram");
  const [chosen, setChosen] = useState<string | null>(null);
  const [count, setCount] = useState("10");
  const [order, setOrder] = useState<"largest" | "smallest">("largest");
  const field = chosen ?? fields?.[0] ?? "";
  const compute = useCompute(batchId);
  if (fields === undefined) return null;
  if (fields.length === 0 || confirmed === 0) {
    return (
      <Card>
        <CardTitle>{t("title")}</CardTitle>
        <p className="mt-1 max-w-prose text-muted">{t(fields.length === 0 ? "noFields" : "none")}</p>
      </Card>
    );
  }
  return (
    <Card className="space-y-4" data-testid="reduce">
      <div>
        <CardTitle>{t("title")}</CardTitle>
        <p className="mt-1 max-w-prose text-muted">{t("text")}</p>
      </div>
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          compute.mutate({ kind, field, count: Number(count), order });
        }}
      >
        <Field label={t("what")} className="min-w-40 flex-1">
          {(wiring) => (
            <Select {...wiring} value={kind} onChange={({ target }) => setKind(target.value as Kind)}>
              {KINDS.map((each) => (
                <option key={each} value={each}>
                  {t(`kind.${each}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t("field")} className="min-w-40 flex-1">
          {(wiring) => (
            <Select {...wiring} value={field} onChange={({ target }) => setChosen(target.value)}>
              {fields.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </Select>
          )}
        </Field>
        {kind === "top" ? (
          <Field label={t("order")} className="min-w-36">
            {(wiring) => (
              <Select {...wiring} value={order} onChange={({ target }) => setOrder(target.value as typeof order)}>
                <option value="largest">{t("largest")}</option>
                <option value="smallest">{t("smallest")}</option>
              </Select>
            )}
          </Field>
        ) : null}
        {kind === "top" || kind === "histogram" ? (
          <Field label={t(kind === "top" ? "howMany" : "bars")} className="w-28">
            {(wiring) => (
              <Input
                {...wiring}
                type="number"
                required
                min={1}
                max={100}
                step={1}
                value={count}
                onChange={({ target }) => setCount(target.value)}
              />
            )}
          </Field>
        ) : null}
        <Button type="submit" disabled={compute.isPending}>
          {t("compute")}
        </Button>
      </form>
      {compute.isPending ? (
        <p role="status" className="text-muted">
          {t("computing")}
        </p>
      ) : null}
      {compute.isError ? <FormError>{refusalText(compute.error)}</FormError> : null}
      {compute.data === undefined ? null : <ReducedView answer={compute.data} />}
    </Card>
  );
}

type Wish = { kind: Kind; field: string; count: number; order: "largest" | "smallest" };

/** Asks the server; a histogram first asks from where to where the values go. */
function useCompute(batchId: number) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const ask = (reduction: ReductionAsked) =>
    queries.fetchQuery(trpc.batch.reduce.queryOptions({ batchId, reduction }, { staleTime: 0 }));
  const end = async (kind: "min" | "max", field: string) => {
    const { reduced } = await ask({ kind, field });
    return reduced.kind === kind ? (reduced.place?.value ?? 0) : 0;
  };
  return useMutation({
    mutationFn: async ({ kind, field, count, order }: Wish): Promise<Answer> => {
      if (kind === "top") {
        const answer = await ask({ kind, field, k: count, order });
        return { ...answer, field, from: 0, to: 0 };
      }
      if (kind !== "histogram") return { ...(await ask({ kind, field })), field, from: 0, to: 0 };
      const from = await end("min", field);
      const most = await end("max", field);
      // All values the same are one bar, not none.
      const to = most > from ? most : from + 1;
      return { ...(await ask({ kind, field, from, to, bins: count })), field, from, to };
    },
  });
}
