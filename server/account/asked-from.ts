import type { MailLanguage } from "../mail/texts.ts";
import type { Settings } from "../settings.ts";

export type AskedFrom = {
  language: MailLanguage;
  /** The full address of a path of this site. */
  link(path: string): string;
};

/**
 * What of a request a mail needs: the language of its page, and where the site is. Mails leave this machine only where
 * PUBLIC_URL is set (settings.ts), so nobody can make them lead elsewhere by what a request claims.
 */
export function askedFrom(
  settings: Pick<Settings, "PUBLIC_URL">,
  request: { headers: Pick<Headers, "get"> } | undefined,
): AskedFrom {
  const header = (name: string) => request?.headers.get(name) ?? "";
  const chosen = /(?:^|;\s*)locale=(\w+)/.exec(header("cookie"))?.[1];
  const wanted = chosen ?? header("accept-language").trim().slice(0, 2).toLowerCase();
  const base = settings.PUBLIC_URL ?? `http://${header("host") || "localhost"}`;
  return { language: wanted === "de" ? "de" : "en", link: (path) => new URL(path, base).href };
}
