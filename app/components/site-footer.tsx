import { getTranslations } from "next-intl/server";

export async function SiteFooter() {
  const t = await getTranslations("footer");
  return (
    <footer className="border-t">
      <div className="mx-auto max-w-6xl px-5 py-6 text-sm text-muted">
        <p className="max-w-prose">{t("promise")}</p>
      </div>
    </footer>
  );
}
