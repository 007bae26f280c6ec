"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { Button } from "../../../components/ui/button.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import type { Rights } from "./settings-view.tsx";

/** The way to what the project computes. */
export function Programs({ slug, rights }: { slug: string; rights: Rights }) {
  const t = useTranslations("projectSettings.programs");
  return (
    <Card id="programs">
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 max-w-prose text-pretty text-muted">{t("text")}</p>
      <div className="mt-4 flex flex-wrap gap-3">
        {rights.isAdmin ? (
          <Button asChild>
            <Link href={`/projects/${slug}/publish`}>{t("publish")}</Link>
          </Button>
        ) : null}
        <Button asChild variant="outline">
          <Link href={`/projects/${slug}/versions`}>{t("versions")}</Link>
        </Button>
      </div>
    </Card>
  );
}
