"use client";

import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { Button } from "../components/ui/button.tsx";
import { useTRPC } from "../lib/trpc.tsx";
import { Outcome } from "./field.tsx";

/** A short-lived code for a device without a page: the headless client. */
export function LinkCode() {
  const t = useTranslations("account.link");
  const trpc = useTRPC();
  const make = useMutation(trpc.account.makeLinkCode.mutationOptions());
  return (
    <div className="mt-4 border-t pt-4">
      <p className="text-sm text-pretty text-muted">{t("text")}</p>
      {make.data === undefined ? (
        <Button variant="outline" size="sm" className="mt-3" disabled={make.isPending} onClick={() => make.mutate()}>
          {t("make")}
        </Button>
      ) : (
        <p role="status" className="mt-3">
          <code className="block overflow-x-auto rounded-lg bg-sunken px-3 py-2 text-sm" data-testid="link-code">
            npm run volunteer -- --link {make.data.code}
          </code>
          <span className="mt-1 block text-sm text-muted">{t("minutes")}</span>
        </p>
      )}
      <Outcome error={make.error} />
    </div>
  );
}
