"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { FormError } from "../../components/form/field.tsx";
import { Button } from "../../components/ui/button.tsx";
import { useRefusalText } from "../../lib/refusal-text.ts";
import { useTRPC } from "../../lib/trpc.tsx";

/** The link is used up by the button, not by being looked at: mail programs look at links too. */
export function BecomeOperator({ secret }: { secret: string }) {
  const t = useTranslations("operator");
  const trpc = useTRPC();
  const router = useRouter();
  const refusalText = useRefusalText();
  const become = useMutation(trpc.admin.become.mutationOptions({ onSuccess: () => router.push("/admin") }));
  return (
    <div className="mx-auto max-w-prose space-y-4 rounded-2xl border bg-surface p-6 text-center sm:p-10">
      <h1 className="text-2xl font-semibold tracking-tight text-balance">{t("title")}</h1>
      <p className="text-pretty text-muted">{t("text")}</p>
      {become.isError ? <FormError>{refusalText(become.error)}</FormError> : null}
      <Button disabled={become.isPending || become.isSuccess} onClick={() => become.mutate({ secret })}>
        {t("button")}
      </Button>
    </div>
  );
}
