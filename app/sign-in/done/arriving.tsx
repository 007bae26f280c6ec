"use client";

import { useTranslations } from "next-intl";
import { useEffect, useRef } from "react";
import { useArrive } from "../../account/use-arrive.ts";
import { Skeleton } from "../../components/ui/states.tsx";
import { useVolunteer } from "../../components/volunteer/volunteer-provider.tsx";

export function Arriving({ next }: { next: string | null }) {
  const t = useTranslations("signIn");
  const volunteer = useVolunteer();
  const arrive = useArrive();
  const began = useRef(false);
  useEffect(() => {
    // The identity can be brought along only when the client's code is there.
    if (volunteer === null || began.current) return;
    began.current = true;
    void arrive(next);
  }, [volunteer, arrive, next]);
  return <Skeleton className="h-40 max-w-md" label={t("done")} />;
}
