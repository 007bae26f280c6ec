"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "../components/ui/button.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { Skeleton } from "../components/ui/states.tsx";
import { useRefusalText } from "../lib/refusal-text.ts";
import { useTRPC } from "../lib/trpc.tsx";
import { TeamFields, type TeamText } from "./team-fields.tsx";

/** Found a team, or go to one's own; for whoever is signed in. */
export function CreateTeam() {
  const t = useTranslations("teams");
  const trpc = useTRPC();
  const router = useRouter();
  const refusal = useRefusalText();
  const mine = useQuery(trpc.team.mine.queryOptions());
  const [text, setText] = useState<TeamText>({ name: "", description: "", isOpen: true });
  const create = useMutation(
    trpc.team.create.mutationOptions({ onSuccess: ({ teamId }) => router.push(`/teams/${teamId}`) }),
  );
  if (mine.data === undefined) return <Skeleton className="h-48" label={t("create")} />;
  if (!mine.data.isSignedIn) {
    return (
      <Card>
        <CardTitle>{t("create")}</CardTitle>
        <p className="mt-2 text-muted">{t("signInText")}</p>
        <Button asChild size="sm" className="mt-4">
          <Link href="/sign-in?next=/teams">{t("signIn")}</Link>
        </Button>
      </Card>
    );
  }
  if (mine.data.teamId !== null) {
    return (
      <Card>
        <CardTitle>{t("yours")}</CardTitle>
        <p className="mt-2 text-muted">{t("yoursText")}</p>
        <Button asChild size="sm" className="mt-4">
          <Link href={`/teams/${mine.data.teamId}`}>{t("toYours")}</Link>
        </Button>
      </Card>
    );
  }
  return (
    <Card>
      <CardTitle className="mb-4">{t("create")}</CardTitle>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(text);
        }}
      >
        <TeamFields value={text} onChange={setText} />
        <Button type="submit" className="mt-5" disabled={create.isPending}>
          {t("found")}
        </Button>
        <p role="status" className="mt-2 text-sm text-bad">
          {create.error ? refusal(create.error) : ""}
        </p>
      </form>
    </Card>
  );
}
