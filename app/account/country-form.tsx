"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { useId, useMemo } from "react";
import { COUNTRIES } from "../../server/core/wire/countries.ts";
import { Card } from "../components/ui/card.tsx";
import { useTRPC } from "../lib/trpc.tsx";
import { Outcome } from "./field.tsx";

/** Told by choice, for the page and the statistics; not asked of the network. */
export function CountryForm({ country }: { country: string | null }) {
  const t = useTranslations("account.country");
  const locale = useLocale();
  const trpc = useTRPC();
  const client = useQueryClient();
  const id = useId();
  const refresh = () => client.invalidateQueries({ queryKey: trpc.account.overview.queryKey() });
  const change = useMutation(trpc.account.setCountry.mutationOptions({ onSuccess: refresh }));
  const sorted = useMemo(() => {
    const names = new Intl.DisplayNames(locale, { type: "region" });
    const named = COUNTRIES.map((code) => ({ code, name: names.of(code) ?? code }));
    return named.sort((a, b) => a.name.localeCompare(b.name, locale));
  }, [locale]);
  return (
    <Card>
      <label htmlFor={id} className="font-medium">
        {t("title")}
      </label>
      <p id={`${id}-hint`} className="text-sm text-muted">
        {t("hint")}
      </p>
      <select
        id={id}
        value={country ?? ""}
        aria-describedby={`${id}-hint`}
        disabled={change.isPending}
        onChange={(event) => change.mutate({ country: event.target.value === "" ? null : event.target.value })}
        className="mt-2 h-11 w-full rounded-lg border border-muted bg-page px-3"
      >
        <option value="">{t("none")}</option>
        {sorted.map(({ code, name }) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
      <Outcome good={change.isSuccess ? t("saved") : undefined} error={change.error} />
    </Card>
  );
}
