import Link from "next/link";
import { getTranslations } from "next-intl/server";
import type { ReactNode } from "react";
import { Markdown } from "../components/markdown.tsx";
import { PageTitle } from "../components/page-title.tsx";
import { CardTitle } from "../components/ui/card.tsx";
import { cn } from "../lib/cn.ts";
import { DOC_PAGES, type DocPageName } from "./doc-pages.ts";

/** One page of the documentation, with the way to the others. */
export async function DocPage({ here, children }: { here: DocPageName; children: ReactNode }) {
  const t = await getTranslations("docs");
  return (
    <>
      <nav aria-label={t("nav")} className="-mx-2 mb-6 flex flex-wrap gap-1 text-sm">
        <Link href="/docs" className="flex h-9 items-center rounded-lg px-2 text-muted hover:bg-sunken hover:text-ink">
          {t("title")}
        </Link>
        {DOC_PAGES.map((page) => (
          <Link
            key={page}
            href={`/docs/${page}`}
            aria-current={page === here ? "page" : undefined}
            className={cn(
              "flex h-9 items-center rounded-lg px-2 text-muted hover:bg-sunken hover:text-ink",
              page === here && "bg-sunken font-medium text-ink",
            )}
          >
            {t(`${page}.title`)}
          </Link>
        ))}
      </nav>
      <PageTitle title={t(`${here}.title`)} lead={t(`${here}.lead`)} />
      <div className="space-y-8">{children}</div>
    </>
  );
}

/** `text` is Markdown of ours. */
export function DocSection({ title, text, children }: { title: string; text?: string; children?: ReactNode }) {
  return (
    <section>
      <CardTitle>{title}</CardTitle>
      {text === undefined ? null : (
        <div className="mt-2 max-w-prose">
          <Markdown text={text} />
        </div>
      )}
      {children}
    </section>
  );
}

/** Lines to copy into a terminal or a file; it scrolls on its own where they are longer than the screen. */
export function Code({ label, text, caption }: { label: string; text: string; caption?: string }) {
  return (
    <figure className="mt-3 max-w-3xl">
      {caption === undefined ? null : <figcaption className="mb-1 text-xs text-muted">{caption}</figcaption>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section tabIndex={0} aria-label={label} className="overflow-x-auto rounded-lg bg-sunken p-4">
        <pre className="font-mono text-sm">{text}</pre>
      </section>
    </figure>
  );
}
