import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { serverCaller } from "../../server/trpc/caller.ts";
import { PageTitle } from "../components/page-title.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("imprint"))("title") };
}

export default async function ImprintPage() {
  const [t, operator] = await Promise.all([getTranslations("imprint"), serverCaller().site.operator()]);
  return (
    <>
      <PageTitle title={t("title")} lead={t("lead")} />
      <Card className="max-w-prose space-y-5">
        <section>
          <CardTitle>{t("operator")}</CardTitle>
          {operator.name === null ? (
            <div className="mt-2 space-y-2">
              <p className="font-medium">{t("missing")}</p>
              <p className="text-muted">{t("missingHow")}</p>
            </div>
          ) : (
            <Lines className="mt-2 not-italic" lines={[operator.name, ...operator.address]} />
          )}
        </section>
        {operator.email === null && operator.phone === null ? null : (
          <section>
            <CardTitle>{t("contact")}</CardTitle>
            <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
              {operator.email === null ? null : (
                <>
                  <dt className="text-muted">{t("email")}</dt>
                  <dd className="break-words">
                    <a className="text-accent underline" href={`mailto:${operator.email}`}>
                      {operator.email}
                    </a>
                  </dd>
                </>
              )}
              {operator.phone === null ? null : (
                <>
                  <dt className="text-muted">{t("phone")}</dt>
                  <dd>{operator.phone}</dd>
                </>
              )}
            </dl>
          </section>
        )}
        {operator.details.length === 0 ? null : (
          <section>
            <CardTitle>{t("details")}</CardTitle>
            <Lines className="mt-2 not-italic" lines={operator.details} />
          </section>
        )}
        <p className="text-sm text-muted">{t("software")}</p>
      </Card>
    </>
  );
}

function Lines({ lines, className }: { lines: readonly string[]; className: string }) {
  return (
    <address className={className}>
      {lines.map((line) => (
        <span key={line} className="block">
          {line}
        </span>
      ))}
    </address>
  );
}
