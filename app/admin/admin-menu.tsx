"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { cn } from "../lib/cn.ts";

const PAGES = ["projects", "users", "hosts", "refusals", "reports", "log"] as const;

/** The operator's pages. */
export function AdminMenu() {
  const t = useTranslations("admin");
  const here = usePathname();
  return (
    <nav aria-label={t("title")} className="mb-6 flex flex-wrap gap-1 border-b pb-3">
      {PAGES.map((page) => {
        const href = page === "projects" ? "/admin" : `/admin/${page}`;
        return (
          <Link
            key={page}
            href={href}
            aria-current={here === href ? "page" : undefined}
            className={cn(
              "rounded-lg px-3 py-2 hover:bg-sunken hover:text-ink",
              here === href ? "bg-sunken font-medium text-ink" : "text-muted",
            )}
          >
            {t(`pages.${page}`)}
          </Link>
        );
      })}
    </nav>
  );
}
