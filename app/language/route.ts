import type { NextRequest } from "next/server";
import { isLocale, LOCALE_COOKIE } from "../i18n/locale.ts";

const YEAR_SECONDS = 31_557_600;

/**
 * The language switch: `locale` and `back`, the page it stands on, by a plain form, so that it needs no script. The
 * cookie says which language and nothing else, so a foreign page that sends the form could do no harm with it.
 */
export async function POST(request: NextRequest): Promise<Response> {
  const form = await request.formData();
  const locale = form.get("locale");
  if (!isLocale(locale)) return new Response("There is no such language.", { status: 400 });
  return new Response(null, {
    status: 303,
    headers: {
      location: pageOf(form.get("back")),
      "set-cookie": `${LOCALE_COOKIE}=${locale}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax`,
    },
  });
}

/** A path of this site; what leads anywhere else leads to the start page. */
function pageOf(back: FormDataEntryValue | null): string {
  if (typeof back !== "string" || !back.startsWith("/")) return "/";
  const base = "http://site.invalid";
  const url = URL.canParse(back, base) ? new URL(back, base) : undefined;
  return url?.origin === base ? `${url.pathname}${url.search}` : "/";
}
