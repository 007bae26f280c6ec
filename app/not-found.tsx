import Link from "next/link";
import { getTranslations } from "next-intl/server";
import { Button } from "./components/ui/button.tsx";
import { Empty } from "./components/ui/states.tsx";

export default async function NotFound() {
  const t = await getTranslations("notFound");
  return (
    <Empty heading="h1" title={t("title")}>
      <p>{t("text")}</p>
      <Button asChild className="mt-4">
        <Link href="/">{t("home")}</Link>
      </Button>
    </Empty>
  );
}
