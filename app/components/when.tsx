"use client";

import { useFormatter, useNow } from "next-intl";

/** A moment (seconds since 1970) as "3 minutes ago", with the full date for those who point at it. */
export function When({ seconds }: { seconds: number | null }) {
  const format = useFormatter();
  const now = useNow({ updateInterval: 15_000 });
  if (seconds === null) return <>–</>;
  const date = new Date(seconds * 1000);
  return (
    <time
      suppressHydrationWarning
      dateTime={date.toISOString()}
      title={format.dateTime(date, { dateStyle: "medium", timeStyle: "medium" })}
    >
      {format.relativeTime(date, now)}
    </time>
  );
}
