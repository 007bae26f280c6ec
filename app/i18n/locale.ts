/** The languages of the pages; the first one is spoken where none of them is asked for. */
export const LOCALES = ["en", "de"] as const;
export type Locale = (typeof LOCALES)[number];

/** Each language's name in itself, for those who cannot read the others. */
export const LOCALE_NAMES: Record<Locale, string> = { en: "English", de: "Deutsch" };

/** Set only when somebody chooses a language by hand; see app/language/route.ts. */
export const LOCALE_COOKIE = "locale";

export function isLocale(text: unknown): text is Locale {
  return LOCALES.some((locale) => locale === text);
}

/** The language of a page: what was chosen by hand, else the first of the browser's languages that there is here. */
export function chooseLocale(cookie: string | undefined, acceptLanguage: string | null): Locale {
  if (isLocale(cookie)) return cookie;
  return wanted(acceptLanguage ?? "").find(isLocale) ?? LOCALES[0];
}

/** Languages of an Accept-Language header without their regions, most wanted first (RFC 9110, 12.5.4). */
function wanted(header: string): string[] {
  return header
    .slice(0, 500)
    .split(",")
    .map((entry) => {
      const [range = "", ...parameters] = entry.trim().toLowerCase().split(";");
      const quality = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean);
      return { language: range.split("-")[0] ?? "", quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ language }) => language);
}
