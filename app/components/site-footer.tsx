import Link from "next/link";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../server/trpc/caller.ts";
import { LanguageSwitch } from "./language-switch.tsx";

const LINKS = ["docs", "imprint", "privacy", "terms"] as const;

export async function SiteFooter() {
  const [t, operator] = await Promise.all([getTranslations("footer"), serverCaller().site.operator()]);
  return (
    <footer className="border-t bg-sunken">
      <div className="mx-auto grid max-w-6xl gap-x-12 gap-y-6 px-5 py-8 text-sm text-muted md:grid-cols-[1fr_auto]">
        <div className="max-w-prose space-y-2">
          <p>{t("promise")}</p>
          <p>
            <bdi>{operator.name === null ? t("operatorUnknown") : t("operatedBy", { name: operator.name })}</bdi>
          </p>
        </div>
        <div className="space-y-2 md:text-right">
          <nav aria-label={t("links")} className="-mx-2 flex flex-wrap md:justify-end">
            {LINKS.map((link) => (
              <Link
                key={link}
                href={`/${link}`}
                prefetch={false}
                className="flex h-9 items-center rounded-lg px-2 hover:bg-page hover:text-ink"
              >
                {t(link)}
              </Link>
            ))}
          </nav>
          <LanguageSwitch label={t("language")} />
        </div>
      </div>
    </footer>
  );
}
