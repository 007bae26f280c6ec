"use client";

import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useId, useState } from "react";
import { NAME_MAX_CHARACTERS } from "../../server/core/limits.ts";
import { Button } from "../components/ui/button.tsx";
import { Card } from "../components/ui/card.tsx";
import { useRefusalText } from "../lib/refusal-text.ts";
import { useTRPC } from "../lib/trpc.tsx";

/** The public name of this browser's user; empty means anonymous. */
export function NameForm({ name }: { name: string | null }) {
  const t = useTranslations("credit");
  const trpc = useTRPC();
  const id = useId();
  const [value, setValue] = useState(name ?? "");
  const refusalText = useRefusalText();
  const rename = useMutation(trpc.credit.rename.mutationOptions());
  return (
    <Card>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate({ name: value });
        }}
      >
        <label htmlFor={id} className="font-medium">
          {t("name")}
        </label>
        <p id={`${id}-hint`} className="text-sm text-muted">
          {t("nameHint")}
        </p>
        <div className="mt-2 flex gap-2">
          <input
            id={id}
            value={value}
            maxLength={NAME_MAX_CHARACTERS}
            aria-describedby={`${id}-hint`}
            onChange={(event) => setValue(event.target.value)}
            className="h-9 min-w-0 flex-1 rounded-lg border bg-page px-3"
          />
          <Button type="submit" size="sm" disabled={rename.isPending}>
            {t("nameSave")}
          </Button>
        </div>
        <p role="status" className={`mt-2 text-sm ${rename.error ? "text-bad" : "text-good"}`}>
          {rename.error ? refusalText(rename.error) : rename.isSuccess ? t("nameSaved") : ""}
        </p>
      </form>
    </Card>
  );
}
