import type { Metadata, Viewport } from "next";
import localFont from "next/font/local";
import { headers } from "next/headers";
import { NextIntlClientProvider } from "next-intl";
import { getLocale, getTranslations } from "next-intl/server";
import type { ReactNode } from "react";
import { SiteFooter } from "./components/site-footer.tsx";
import { SiteHeader } from "./components/site-header.tsx";
import { VolunteerProvider } from "./components/volunteer/volunteer-provider.tsx";
import { Messages } from "./i18n/messages.tsx";
import { DataProvider } from "./lib/trpc.tsx";
import "./globals.css";

/** Fetched with the page. Where it comes too late, "Inter stand-in" (globals.css) stays until the next page: nothing jumps. */
const inter = localFont({
  src: "../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
  weight: "100 900",
  display: "optional",
  adjustFontFallback: false,
  variable: "--font-inter",
});

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("site");
  return {
    title: { default: t("title"), template: `%s · ${t("name")}` },
    description: t("description"),
    applicationName: t("name"),
    appleWebApp: { capable: true, title: t("name") },
    icons: { icon: "/icon.svg", apple: "/icons/apple-touch-icon.png" },
  };
}

/** The colours of the page itself, --page in globals.css, so that the browser's own bar belongs to it. */
export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fbfaf7" },
    { media: "(prefers-color-scheme: dark)", color: "#10141b" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Reading a header makes every page rendered per request, which the nonce of the content security policy needs.
  await headers();
  const [locale, t] = await Promise.all([getLocale(), getTranslations("site")]);
  return (
    <html lang={locale} className={inter.variable}>
      <body className="flex min-h-dvh flex-col">
        <NextIntlClientProvider messages={{}}>
          <Messages parts={["nav", "error", "volunteer.indicator", "volunteer.phase"]}>
            <DataProvider>
              <VolunteerProvider>
                <a
                  href="#content"
                  className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50 focus:rounded-lg focus:bg-surface focus:px-4 focus:py-2"
                >
                  {t("skipToContent")}
                </a>
                <SiteHeader />
                <main id="content" className="mx-auto w-full max-w-6xl flex-1 px-5 py-8 sm:py-12">
                  {children}
                </main>
                <SiteFooter />
              </VolunteerProvider>
            </DataProvider>
          </Messages>
        </NextIntlClientProvider>
      </body>
    </html>
  );
}
