import Link from "next/link";
import { getTranslations } from "next-intl/server";
import { Button } from "./ui/button.tsx";
import { Empty } from "./ui/states.tsx";

/** What a page says to somebody who must sign in for it. */
export async function SignInFirst({ title, next }: { title: string; next: string }) {
  const t = await getTranslations("signInFirst");
  return (
    <Empty title={title} heading="h1">
      <p>{t("text")}</p>
      <Button asChild className="mt-4">
        <Link href={`/sign-in?next=${encodeURIComponent(next)}`}>{t("button")}</Link>
      </Button>
    </Empty>
  );
}
