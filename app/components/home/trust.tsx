import { Box, Feather, MousePointerClick, SearchCheck } from "lucide-react";
import { getTranslations } from "next-intl/server";

const PROMISES = [
  ["ask", MousePointerClick],
  ["box", Box],
  ["gentle", Feather],
  ["open", SearchCheck],
] as const;

/** What a volunteer can rely on. */
export async function Trust() {
  const t = await getTranslations("home.trust");
  return (
    <section aria-labelledby="trust">
      <h2 id="trust" className="text-2xl font-semibold tracking-tight sm:text-3xl">
        {t("title")}
      </h2>
      <ul className="mt-6 grid gap-x-8 gap-y-6 sm:grid-cols-2 lg:grid-cols-4">
        {PROMISES.map(([promise, Icon]) => (
          <li key={promise}>
            <span className="grid size-11 place-items-center rounded-xl bg-accent-soft text-accent">
              <Icon aria-hidden="true" className="size-5.5" />
            </span>
            <h3 className="mt-3 font-semibold tracking-tight">{t(`${promise}.title`)}</h3>
            <p className="mt-1 text-muted text-pretty">{t(`${promise}.text`)}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
