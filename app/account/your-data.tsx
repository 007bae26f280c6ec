"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import type { FormEvent } from "react";
import { Button } from "../components/ui/button.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { useVolunteer } from "../components/volunteer/volunteer-provider.tsx";
import { useTRPC } from "../lib/trpc.tsx";
import { Field, Outcome } from "./field.tsx";

/** `confirm`: what must be typed before everything is deleted. */
export function YourData({ confirm }: { confirm: string }) {
  const t = useTranslations("account.data");
  const volunteer = useVolunteer();
  const download = useMutation({
    mutationFn: async () => {
      const token = await volunteer?.sessionToken().catch(() => null);
      const headers = token ? { authorization: `Bearer ${token}` } : undefined;
      const response = await fetch("/api/account/export", headers === undefined ? {} : { headers });
      if (!response.ok) throw new Error(t("failed"));
      saveAs(await response.blob(), "quorate-account.json");
    },
  });
  return (
    <Card data-testid="your-data">
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 text-sm text-muted">{t("exportText")}</p>
      <Button
        variant="outline"
        size="sm"
        className="mt-3"
        disabled={download.isPending}
        onClick={() => download.mutate()}
      >
        {t("export")}
      </Button>
      <Outcome bad={download.error?.message} />
      <Delete confirm={confirm} />
    </Card>
  );
}

function saveAs(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the file by the time the next task runs.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}

function Delete({ confirm }: { confirm: string }) {
  const t = useTranslations("account.data");
  const trpc = useTRPC();
  const client = useQueryClient();
  const router = useRouter();
  const volunteer = useVolunteer();
  const remove = useMutation(
    trpc.account.delete.mutationOptions({
      onSuccess: async () => {
        // This browser's identity is gone with it; what is left here would only begin a new one.
        await volunteer?.deleteEverything().catch(() => undefined);
        router.push("/");
        await client.invalidateQueries();
      },
    }),
  );
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    remove.mutate({ confirm: String(new FormData(event.currentTarget).get("confirm")) });
  };
  return (
    <details className="mt-5 border-t pt-4">
      <summary className="cursor-pointer font-medium text-bad">{t("delete")}</summary>
      <p className="mt-2 text-sm text-pretty text-muted">{t("deleteText")}</p>
      <form method="post" onSubmit={submit} className="mt-3 grid gap-3 [&>button]:justify-self-start">
        <Field label={t("deleteConfirm", { confirm })} name="confirm" autoComplete="off" required />
        <Button type="submit" variant="danger" size="sm" disabled={remove.isPending}>
          {t("deleteNow")}
        </Button>
        <Outcome error={remove.error} />
      </form>
    </details>
  );
}
