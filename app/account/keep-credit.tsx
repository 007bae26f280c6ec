"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { Button } from "../components/ui/button.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { useVolunteerState } from "../components/volunteer/volunteer-provider.tsx";
import { useTRPC } from "../lib/trpc.tsx";
import { useCaller } from "../lib/use-caller.ts";

const LOOK_MS = 20_000;
/** Asked once; whoever said "not now" finds it on the account page. */
const DECLINED_KEY = "quorate.keep-credit";

/**
 * After the first credit: what keeps it when the browser forgets. Where people come to start, it asks only while they
 * compute: after Stop the next visit opens and fetches nothing of the volunteer's.
 */
export function KeepCredit({ onlyWhileOn = false }: { onlyWhileOn?: boolean }) {
  const t = useTranslations("account.offer");
  const trpc = useTRPC();
  const isOn = (useVolunteerState()?.phase ?? "off") !== "off";
  const isWanted = isOn || !onlyWhileOn;
  const ready = useCaller(isWanted);
  const [isDeclined, setDeclined] = useState(true);
  useEffect(() => setDeclined(window.localStorage.getItem(DECLINED_KEY) !== null), []);
  const offer = useQuery(
    trpc.account.offer.queryOptions(undefined, {
      enabled: isWanted && ready && !isDeclined,
      refetchInterval: ({ state }) => (state.data === true ? false : LOOK_MS),
    }),
  );
  if (offer.data !== true || isDeclined) return null;
  const decline = () => {
    window.localStorage.setItem(DECLINED_KEY, "later");
    setDeclined(true);
  };
  return (
    <Card className="mb-6" data-testid="keep-credit" aria-live="polite">
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 max-w-prose text-pretty text-muted">{t("text")}</p>
      <div className="mt-4 flex flex-wrap gap-3">
        <Button asChild size="sm">
          <Link href="/sign-in">{t("account")}</Link>
        </Button>
        <Button asChild size="sm" variant="outline">
          <Link href="/account">{t("code")}</Link>
        </Button>
        <Button size="sm" variant="ghost" onClick={decline}>
          {t("later")}
        </Button>
      </div>
    </Card>
  );
}
