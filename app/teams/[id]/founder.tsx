"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState, useSyncExternalStore } from "react";
import { Button } from "../../components/ui/button.tsx";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import { useRefusalText } from "../../lib/refusal-text.ts";
import { type TeamPage, useTRPC } from "../../lib/trpc.tsx";
import { TeamFields, type TeamText } from "../team-fields.tsx";

const neverChanges = () => () => undefined;

/** What only the founder sees: the invite link, and the team's name, text and door. */
export function Founder({ team }: { team: TeamPage }) {
  const t = useTranslations("teams.founder");
  const trpc = useTRPC();
  const client = useQueryClient();
  const router = useRouter();
  const refusal = useRefusalText();
  const [text, setText] = useState<TeamText>({ name: team.name, description: team.description, isOpen: team.isOpen });
  const refresh = async () => {
    await client.invalidateQueries({ queryKey: trpc.team.pathKey() });
    router.refresh();
  };
  const change = useMutation(trpc.team.change.mutationOptions({ onSuccess: refresh }));
  const renew = useMutation(trpc.team.renewInvite.mutationOptions({ onSuccess: refresh }));
  const [isCopied, setCopied] = useState(false);
  // The browser knows its own address of the site; what the server renders is replaced at once.
  // Known only here: what the server drew, without it, must be what is drawn first.
  const origin = useSyncExternalStore(
    neverChanges,
    () => location.origin,
    () => "",
  );
  const link = `${origin}/teams/${team.id}?invite=${team.inviteToken}`;
  return (
    <Card data-testid="founder">
      <CardTitle>{t("title")}</CardTitle>
      <div className="mt-4 grid gap-8 lg:grid-cols-2">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate({ teamId: team.id, ...text });
          }}
        >
          <TeamFields value={text} onChange={setText} />
          <Button type="submit" size="sm" className="mt-4" disabled={change.isPending}>
            {t("save")}
          </Button>
          <p role="status" className={`mt-2 text-sm ${change.error ? "text-bad" : "text-good"}`}>
            {change.error ? refusal(change.error) : change.isSuccess ? t("saved") : ""}
          </p>
        </form>
        <div className="min-w-0">
          <h3 className="font-medium">{t("invite")}</h3>
          <p className="text-sm text-muted">{t("inviteHint")}</p>
          <p className="mt-2 rounded-lg bg-sunken p-3 text-sm break-all" data-testid="invite-link">
            {link}
          </p>
          <div className="mt-3 flex flex-wrap gap-2">
            <Button
              size="sm"
              variant="outline"
              onClick={() => void navigator.clipboard?.writeText(link).then(() => setCopied(true))}
            >
              {isCopied ? t("copied") : t("copy")}
            </Button>
            <Button
              size="sm"
              variant="outline"
              disabled={renew.isPending}
              onClick={() => renew.mutate({ teamId: team.id })}
            >
              {t("renew")}
            </Button>
          </div>
          <p className="mt-6 text-sm text-muted">{team.members > 1 ? t("leaveHint") : t("aloneHint")}</p>
        </div>
      </div>
    </Card>
  );
}
