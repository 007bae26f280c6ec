"use client";

import { ExternalLink } from "lucide-react";
import { useTranslations } from "next-intl";
import { Badge, type BadgeTone } from "../../../components/ui/badge.tsx";
import { Card } from "../../../components/ui/card.tsx";
import { Fact, Facts } from "../../../components/ui/facts.tsx";
import { When } from "../../../components/when.tsx";
import { ChangeVersion } from "./change-version.tsx";
import { ProofDetails } from "./proof-details.tsx";
import type { Version } from "./versions-view.tsx";

const TONES: Record<Version["state"], BadgeTone> = { published: "good", deprecated: "wait", withdrawn: "bad" };

type Props = { version: Version; others: readonly Version[]; isOwner: boolean };

/** One version: what it is, who vouches for it, what was proven, and for owners what can be done with it. */
export function VersionCard({ version, others, isOwner }: Props) {
  const t = useTranslations("versions");
  const { state, signerKey, sourceUrl, backends } = version;
  return (
    <Card data-testid={`version-${version.version}`}>
      <div className="flex flex-wrap items-center gap-3">
        <h3 className="font-semibold">{t("version", { version: version.version })}</h3>
        <Badge tone={TONES[state]}>{t(`state.${state}`)}</Badge>
        <span className="text-sm text-muted">
          <When seconds={version.createdSeconds} />
        </span>
      </div>
      <p className="mt-1 max-w-prose text-pretty text-muted">{version.summary}</p>
      {state === "published" ? null : (
        <div className="mt-3 rounded-xl bg-wait-soft p-3 text-sm text-wait">
          <p>
            <When seconds={version.stateSeconds} />: {t(`meaning.${state}`)}
          </p>
          {version.stateReason ? (
            <p className="mt-1 wrap-anywhere">{t("reasonGiven", { reason: version.stateReason })}</p>
          ) : null}
        </div>
      )}
      <Facts>
        <Fact name={t("licence")}>{version.licence}</Fact>
        <Fact name={t("source")}>
          {sourceUrl === null ? (
            t("noSource")
          ) : (
            <a
              href={sourceUrl}
              rel="noopener noreferrer nofollow"
              className="inline-flex items-center gap-1.5 text-accent underline wrap-anywhere"
            >
              {sourceUrl} <ExternalLink className="size-4 shrink-0" aria-hidden="true" />
            </a>
          )}
        </Fact>
        <Fact name={t("signature")}>
          {signerKey === null ? (
            t("unsigned")
          ) : (
            <>
              {t("signed")} <span className="font-mono text-xs break-all">{signerKey}</span>
            </>
          )}
        </Fact>
        <Fact name={t("runsOn")}>{backends.map((backend) => t(`backend.${backend}`)).join(", ")}</Fact>
        <Fact name={t("proof")}>
          {t(`exactness.${version.exactness}`)}{" "}
          {t(backends.includes("wasm") ? "provenHere" : "provenElsewhere", { count: version.examples })}
          {version.proof === null ? null : <ProofDetails proof={version.proof} />}
        </Fact>
        <Fact name="SHA-256">
          {/* Its document, with the hash of every file. */}
          <a href={`/api/files/${version.hash}`} className="font-mono text-xs break-all underline">
            {version.hash}
          </a>
        </Fact>
      </Facts>
      {isOwner && state !== "withdrawn" ? <ChangeVersion version={version} others={others} /> : null}
    </Card>
  );
}
