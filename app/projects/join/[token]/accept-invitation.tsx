"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { FormError } from "../../../components/form/field.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { useRefusalText } from "../../../lib/refusal-text.ts";
import { useTRPC } from "../../../lib/trpc.tsx";

type Props = { token: string; project: string; role: "owner" | "admin" | "submitter" };

/** Says what the link makes of its opener, and does it when asked. */
export function AcceptInvitation({ token, project, role }: Props) {
  const t = useTranslations("invitation");
  const trpc = useTRPC();
  const router = useRouter();
  const refusalText = useRefusalText();
  const accept = useMutation(
    trpc.invitation.accept.mutationOptions({ onSuccess: ({ slug }) => router.push(`/projects/${slug}/settings`) }),
  );
  return (
    <div className="mx-auto max-w-prose space-y-4 rounded-2xl border bg-surface p-6 text-center sm:p-10">
      <h1 className="text-2xl font-semibold tracking-tight text-balance">{t("invited", { project })}</h1>
      <p className="text-pretty text-muted">{t(`role.${role}`)}</p>
      {accept.isError ? <FormError>{refusalText(accept.error)}</FormError> : null}
      <Button disabled={accept.isPending || accept.isSuccess} onClick={() => accept.mutate({ token })}>
        {t("accept")}
      </Button>
    </div>
  );
}
