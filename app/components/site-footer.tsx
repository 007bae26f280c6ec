import { getTranslations } from "next-intl/server";
import { LanguageSwitch } from "./language-switch.tsx";

export async function SiteFooter() {
  const t = await getTranslations("footer");
  return (
    <footer className="border-t">
      <div className="mx-auto flex max-w-6xl flex-wrap items-start justify-between gap-x-10 gap-y-4 px-5 py-6 text-sm text-muted">
        <p className="max-w-prose">{t("promise")}</p>
        <LanguageSwitch label={t("language")} />
      </div>
    </footer>
  );
}
