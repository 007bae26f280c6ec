"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleUser } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useTRPC } from "../lib/trpc.tsx";

/** Who is signed in, or where to do so. Until the answer is there it takes as much room as it will. */
export function AccountLink() {
  const t = useTranslations("nav");
  const trpc = useTRPC();
  const me = useQuery(trpc.account.me.queryOptions(undefined, { staleTime: 60_000 }));
  const isSignedIn = me.data?.kind === "account";
  const text = isSignedIn ? (me.data?.name ?? t("account")) : t("signIn");
  return (
    <Link
      href={isSignedIn ? "/account" : "/sign-in"}
      className="flex h-11 items-center gap-2 rounded-lg px-2 text-sm font-medium hover:bg-sunken"
      data-testid="account-link"
    >
      <CircleUser aria-hidden="true" className="size-5 shrink-0" />
      <span className="sr-only max-w-32 truncate sm:not-sr-only" dir="auto">
        {text}
      </span>
    </Link>
  );
}
