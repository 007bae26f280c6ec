"use client";

import { useFormatter, useTranslations } from "next-intl";
import type { ReadPackage } from "../../../../worker/compute/package/read-package.ts";
import { Badge } from "../../../components/ui/badge.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { Fact, Facts } from "../../../components/ui/facts.tsx";

/** What the package says of itself, as volunteers will be told. */
export function PackageCard({ kernel }: { kernel: ReadPackage }) {
  const t = useTranslations("publish.package");
  const format = useFormatter();
  const { manifest, files, signature, ignored } = kernel;
  const bytes = [...files.values()].reduce((sum, file) => sum + file.byteLength, 0);
  const backends = (["wasm", "wgsl"] as const).filter((backend) => manifest.backends[backend] !== undefined);
  return (
    <Card>
      <div className="flex flex-wrap items-center gap-3">
        <CardTitle>{manifest.title}</CardTitle>
        <Badge tone="good">{t("sound")}</Badge>
      </div>
      <p className="mt-1 max-w-prose text-pretty text-muted">{manifest.summary}</p>
      <Facts>
        <Fact name={t("version")}>
          {manifest.name} {manifest.version}
        </Fact>
        <Fact name={t("runsOn")}>{backends.map((backend) => t(`backend.${backend}`)).join(", ")}</Fact>
        <Fact name={t("examples")}>{manifest.examples.map(({ name }) => name).join(", ")}</Fact>
        <Fact name={t("licence")}>{manifest.licence}</Fact>
        <Fact name={t("source")}>{manifest.sourceUrl ?? t("noSource")}</Fact>
        <Fact name={t("signature")}>{signature === undefined ? t("unsigned") : t("signed")}</Fact>
        <Fact name={t("files")}>
          {t("filesSize", { count: files.size, kib: format.number(Math.ceil(bytes / 1024)) })}
        </Fact>
        {ignored.length > 0 ? <Fact name={t("ignored")}>{shortened(ignored)}</Fact> : null}
      </Facts>
    </Card>
  );
}

const SHOWN = 8;

function shortened(names: readonly string[]): string {
  return names.length > SHOWN ? `${names.slice(0, SHOWN).join(", ")} …` : names.join(", ");
}
