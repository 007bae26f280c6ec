"use client";

import { useTranslations } from "next-intl";
import { Skeleton } from "./states.tsx";

/** What stands in for a part of a page whose script is on its way. */
export function Loading({ className }: { className: string }) {
  return <Skeleton className={className} label={useTranslations("nav")("loading")} />;
}
