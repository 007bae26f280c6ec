"use client";

import { useTranslations } from "next-intl";
import { Button } from "./components/ui/button.tsx";
import { Empty } from "./components/ui/states.tsx";

export default function ErrorPage({ reset }: { error: Error; reset: () => void }) {
  const t = useTranslations("error");
  return (
    <Empty heading="h1" title={t("title")}>
      <p>{t("text")}</p>
      <Button className="mt-4" onClick={reset}>
        {t("again")}
      </Button>
    </Empty>
  );
}
