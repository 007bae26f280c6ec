"use client";

import { Menu } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { useEffect, useRef } from "react";
import { cn } from "../lib/cn.ts";
import { AccountLink } from "./account-link.tsx";
import { Logo } from "./logo.tsx";
import { MENU } from "./site-pages.ts";
import { VolunteerIndicator } from "./volunteer/volunteer-indicator.tsx";

/** Name, menu, and whether this browser computes: always in sight. */
export function SiteHeader() {
  const t = useTranslations("nav");
  return (
    <header className="sticky top-0 z-40 border-b bg-page/90 backdrop-blur">
      <div className="mx-auto flex max-w-6xl items-center gap-x-2 px-5 py-2.5 sm:gap-x-3 lg:gap-x-5">
        <Link href="/" className="flex shrink-0 items-center gap-2 py-1 text-lg font-semibold tracking-tight">
          <Logo className="size-7 shrink-0" />
          Quorate
        </Link>
        <nav aria-label={t("label")} className="hidden gap-0.5 lg:flex">
          <Links className="px-2.5" />
        </nav>
        <div className="ml-auto min-w-0">
          <VolunteerIndicator />
        </div>
        <AccountLink />
        <FoldedMenu />
      </div>
    </header>
  );
}

/** The same links where they have no room side by side. A `details`: it opens without script and by keyboard. */
function FoldedMenu() {
  const t = useTranslations("nav");
  const path = usePathname();
  const menu = useRef<HTMLDetailsElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever follows a link has done with the menu
  useEffect(() => menu.current?.removeAttribute("open"), [path]);
  useEffect(() => {
    const closeOutside = (event: Event) => {
      if (!menu.current?.contains(event.target as Node)) menu.current?.removeAttribute("open");
    };
    document.addEventListener("pointerdown", closeOutside);
    document.addEventListener("focusin", closeOutside);
    return () => {
      document.removeEventListener("pointerdown", closeOutside);
      document.removeEventListener("focusin", closeOutside);
    };
  }, []);
  return (
    <details
      ref={menu}
      className="group lg:hidden"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !menu.current?.open) return;
        menu.current.open = false;
        menu.current.querySelector("summary")?.focus();
      }}
    >
      <summary className="-mr-2 flex h-11 min-w-11 justify-center cursor-pointer list-none items-center gap-2 rounded-lg px-2 text-sm font-medium group-open:bg-sunken hover:bg-sunken [&::-webkit-details-marker]:hidden">
        <Menu aria-hidden="true" className="size-5" />
        <span className="sr-only sm:not-sr-only">{t("menu")}</span>
      </summary>
      <nav
        aria-label={t("label")}
        className="absolute inset-x-0 top-full flex flex-col border-b bg-page px-5 py-3 shadow-lg"
      >
        <Links className="px-3 text-base" />
      </nav>
    </details>
  );
}

function Links({ className }: { className: string }) {
  const t = useTranslations("nav");
  const path = usePathname();
  return MENU.map(([href, key]) => {
    const isHere = path === href || path.startsWith(`${href}/`);
    return (
      <Link
        key={href}
        href={href}
        aria-current={isHere ? "page" : undefined}
        className={cn(
          "flex h-11 items-center rounded-lg text-sm whitespace-nowrap text-muted hover:bg-sunken hover:text-ink lg:h-9",
          isHere && "bg-sunken font-medium text-ink",
          className,
        )}
      >
        {t(key)}
      </Link>
    );
  });
}
