import { cookies, headers } from "next/headers";
import { getRequestConfig } from "next-intl/server";
import de from "../messages/de.ts";
import en from "../messages/en.ts";
import { chooseLocale, LOCALE_COOKIE } from "./locale.ts";

const MESSAGES = { en, de };

/** Every word on a page comes from here, in the language that was chosen in the footer or that the browser asks for. */
export default getRequestConfig(async () => {
  const [jar, header] = await Promise.all([cookies(), headers()]);
  const locale = chooseLocale(jar.get(LOCALE_COOKIE)?.value, header.get("accept-language"));
  return { locale, messages: MESSAGES[locale], timeZone: "UTC" };
});
