"use client";

import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useLocale } from "next-intl";
import type { FormEvent } from "react";
import { LOCALE_NAMES, LOCALES } from "../i18n/locale.ts";

/**
 * A form that works without script. With script the words change in place, and a tab that computes goes on computing.
 */
export function LanguageSwitch({ label }: { label: string }) {
  const current = useLocale();
  const path = usePathname();
  const query = useSearchParams().toString();
  const router = useRouter();

  async function change(event: FormEvent<HTMLFormElement>) {
    const { submitter } = event.nativeEvent as SubmitEvent;
    event.preventDefault();
    const locale = submitter?.getAttribute("value") ?? current;
    // The answer redirects to a whole page, which is not wanted here. Offline nothing changes, and nothing is lost.
    await fetch("/language", { method: "POST", body: new URLSearchParams({ locale }), redirect: "manual" }).catch(
      () => null,
    );
    router.refresh();
  }

  return (
    <form
      action="/language"
      method="post"
      onSubmit={(event) => void change(event)}
      aria-label={label}
      className="-mx-2 flex gap-1 md:justify-end"
    >
      <input type="hidden" name="back" value={query === "" ? path : `${path}?${query}`} />
      {LOCALES.map((locale) => (
        <button
          key={locale}
          type="submit"
          name="locale"
          value={locale}
          lang={locale}
          aria-current={locale === current ? "true" : undefined}
          className="h-9 cursor-pointer rounded-lg px-2.5 hover:bg-page hover:text-ink aria-current:bg-page aria-current:font-medium aria-current:text-ink"
        >
          {LOCALE_NAMES[locale]}
        </button>
      ))}
    </form>
  );
}
