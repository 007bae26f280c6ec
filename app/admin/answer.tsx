"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { FormError } from "../components/form/field.tsx";
import { Empty, Skeleton } from "../components/ui/states.tsx";
import { useRefusalText } from "../lib/refusal-text.ts";

type Props<T> = {
  query: { data: readonly T[] | undefined; isPending: boolean; error: unknown };
  children: (rows: readonly T[]) => ReactNode;
};

/** A list of the operator's: while it loads, when it fails, when there is nothing in it, and itself. */
export function Answer<T>({ query, children }: Props<T>) {
  const t = useTranslations("admin");
  const refusalText = useRefusalText();
  if (query.error) return <FormError>{refusalText(query.error)}</FormError>;
  if (query.isPending || query.data === undefined) return <Skeleton className="h-48" label={t("loading")} />;
  if (query.data.length === 0) return <Empty title={t("nothing")} />;
  return children(query.data);
}
