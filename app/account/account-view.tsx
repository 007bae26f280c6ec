"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { Button } from "../components/ui/button.tsx";
import { Card } from "../components/ui/card.tsx";
import { Empty, Skeleton } from "../components/ui/states.tsx";
import { NameForm } from "../credit/name-form.tsx";
import { useTRPC } from "../lib/trpc.tsx";
import { useCaller } from "../lib/use-caller.ts";
import { CountryForm } from "./country-form.tsx";
import { Devices } from "./devices.tsx";
import { Outcome } from "./field.tsx";
import type { Linked } from "./providers.tsx";
import { RecoverForm, RecoveryCode } from "./recovery.tsx";
import { Sessions } from "./sessions.tsx";
import { SignInWays } from "./sign-in-ways.tsx";
import { StatisticsConsent } from "./statistics-consent.tsx";
import { TokensSection } from "./tokens-section.tsx";
import { YourData } from "./your-data.tsx";

/** Everything of whoever looks: an account with all its devices, or this browser's anonymous identity. */
export function AccountView({ device, linked }: { device: string | null; linked: Linked }) {
  const t = useTranslations("account");
  const trpc = useTRPC();
  const ready = useCaller();
  const overview = useQuery(trpc.account.overview.queryOptions(undefined, { enabled: ready }));
  if (overview.data === null) return <Unknown />;
  if (overview.isError) return <Empty title={t("unreachable")} />;
  if (!overview.data) return <Skeleton className="h-96" label={t("title")} />;
  const { kind, signIn, userId, name, isPublic, country, hasRecoveryCode } = overview.data;
  const isSignedIn = kind === "account";
  return (
    <div className="space-y-6">
      {isSignedIn ? <ThisDevice outcome={device} /> : <Anonymous hasAccount={signIn !== null} />}
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <div className="min-w-0 space-y-6">
          {isSignedIn || signIn === null ? (
            <>
              <NameForm name={name} isPublic={isPublic} userId={userId} />
              <CountryForm country={country} />
            </>
          ) : null}
          {isSignedIn && signIn !== null ? <SignInWays signIn={signIn} linked={linked} /> : null}
          {signIn === null ? <RecoveryCode hasCode={hasRecoveryCode} /> : null}
          <RecoverForm />
        </div>
        <div className="min-w-0 space-y-6">
          <Devices isSignedIn={isSignedIn} />
          {isSignedIn ? <Sessions /> : null}
          {isSignedIn ? <StatisticsConsent /> : null}
          {isSignedIn || signIn === null ? <YourData confirm={signIn?.email ?? String(userId)} /> : null}
        </div>
      </div>
      {isSignedIn ? <TokensSection /> : null}
    </div>
  );
}

function Unknown() {
  const t = useTranslations("account");
  return (
    <Empty title={t("unknown.title")}>
      <p>{t("unknown.text")}</p>
      <div className="mt-4 flex flex-wrap justify-center gap-3">
        <Button asChild>
          <Link href="/sign-in">{t("unknown.signIn")}</Link>
        </Button>
        <Button asChild variant="outline">
          <Link href="/">{t("unknown.start")}</Link>
        </Button>
      </div>
    </Empty>
  );
}

/** Whoever has no account: what one is good for. */
function Anonymous({ hasAccount }: { hasAccount: boolean }) {
  const t = useTranslations("account.anonymous");
  return (
    <Card className="flex flex-wrap items-center justify-between gap-4">
      <p className="max-w-prose text-pretty">{hasAccount ? t("hasAccount") : t("text")}</p>
      <Button asChild>
        <Link href="/sign-in?next=/account">{t("signIn")}</Link>
      </Button>
    </Card>
  );
}

/** What became of this browser's identity when its person signed in. */
function ThisDevice({ outcome }: { outcome: string | null }) {
  const t = useTranslations("account.arrived");
  const trpc = useTRPC();
  const take = useMutation(trpc.account.takeDevice.mutationOptions());
  if (outcome === "became_account" || outcome === "joined") {
    return (
      <p role="status" className="rounded-xl border border-good px-4 py-3 text-good">
        {t(outcome)}
      </p>
    );
  }
  if (outcome !== "of_another_account") return null;
  return (
    <Card className="space-y-3">
      <p className="max-w-prose text-pretty">{t("other")}</p>
      <Button variant="outline" disabled={take.isPending || take.isSuccess} onClick={() => take.mutate()}>
        {t("take")}
      </Button>
      <Outcome good={take.isSuccess ? t("taken") : undefined} error={take.error} />
    </Card>
  );
}
