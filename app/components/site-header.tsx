"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { cn } from "../lib/cn.ts";
import { Logo } from "./logo.tsx";
import { VolunteerIndicator } from "./volunteer/volunteer-indicator.tsx";

const PAGES = [
  ["/projects", "projects"],
  ["/leaderboard", "leaderboard"],
  ["/credit", "credit"],
  ["/status", "status"],
] as const;

export function SiteHeader() {
  const t = useTranslations("nav");
  const path = usePathname();
  return (
    <header className="sticky top-0 z-40 border-b bg-page/90 backdrop-blur">
      <div className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-6 gap-y-1 px-5 py-2.5">
        <Link href="/" className="flex items-center gap-2 py-1 text-lg font-semibold tracking-tight">
          <Logo className="size-7" />
          Quorate
        </Link>
        <nav
          aria-label={t("label")}
          className="order-3 -mx-2 flex w-full gap-1 overflow-x-auto sm:order-none sm:w-auto"
        >
          {PAGES.map(([href, key]) => (
            <Link
              key={href}
              href={href}
              aria-current={path.startsWith(href) ? "page" : undefined}
              className={cn(
                "rounded-lg px-2 py-2 text-sm whitespace-nowrap text-muted hover:bg-sunken hover:text-ink sm:px-3",
                path.startsWith(href) && "bg-sunken font-medium text-ink",
              )}
            >
              {t(key)}
            </Link>
          ))}
        </nav>
        <div className="ml-auto">
          <VolunteerIndicator />
        </div>
      </div>
    </header>
  );
}
