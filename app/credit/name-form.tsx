"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useId, useState } from "react";
import { NAME_MAX_CHARACTERS } from "../../server/core/limits.ts";
import { Button } from "../components/ui/button.tsx";
import { Card } from "../components/ui/card.tsx";
import { Switch } from "../components/ui/switch.tsx";
import { useRefusalText } from "../lib/refusal-text.ts";
import { useTRPC } from "../lib/trpc.tsx";

type Props = { name: string | null; isPublic: boolean; userId: number };

/** What others see: the public name (empty: anonymous), and a page with a picture where the person wants one. */
export function NameForm({ name, isPublic, userId }: Props) {
  const t = useTranslations("credit");
  const trpc = useTRPC();
  const client = useQueryClient();
  const refusal = useRefusalText();
  const id = useId();
  const [value, setValue] = useState(name ?? "");
  const refresh = () => client.invalidateQueries({ queryKey: trpc.credit.mine.queryKey() });
  const rename = useMutation(trpc.credit.rename.mutationOptions({ onSuccess: refresh }));
  const share = useMutation(trpc.credit.share.mutationOptions({ onSuccess: refresh }));
  const error = rename.error ?? share.error;
  return (
    <Card>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate({ name: value });
        }}
      >
        <label htmlFor={id} className="font-medium">
          {t("name")}
        </label>
        <p id={`${id}-hint`} className="text-sm text-muted">
          {t("nameHint")}
        </p>
        <div className="mt-2 flex gap-2">
          <input
            id={id}
            value={value}
            dir="auto"
            maxLength={NAME_MAX_CHARACTERS}
            aria-describedby={`${id}-hint`}
            onChange={(event) => setValue(event.target.value)}
            className="h-9 min-w-0 flex-1 rounded-lg border border-muted bg-page px-3"
          />
          <Button type="submit" size="sm" disabled={rename.isPending}>
            {t("nameSave")}
          </Button>
        </div>
      </form>
      <div className="mt-5 flex items-start justify-between gap-4 border-t pt-5">
        <div>
          <label htmlFor={`${id}-page`} className="font-medium">
            {t("share.title")}
          </label>
          <p id={`${id}-page-hint`} className="text-sm text-muted">
            {name === null ? t("share.needsName") : t("share.hint")}
          </p>
        </div>
        <Switch
          id={`${id}-page`}
          checked={isPublic}
          describedBy={`${id}-page-hint`}
          onChange={(checked) => share.mutate({ isPublic: checked })}
        />
      </div>
      {isPublic ? <Shared userId={userId} /> : null}
      <p role="status" className={`mt-2 text-sm ${error ? "text-bad" : "text-good"}`}>
        {error ? refusal(error) : rename.isSuccess ? t("nameSaved") : ""}
      </p>
    </Card>
  );
}

/** The page and the picture, and their addresses to give on. */
function Shared({ userId }: { userId: number }) {
  const t = useTranslations("credit.share");
  const [isCopied, setCopied] = useState(false);
  const picture = `/card/${userId}`;
  return (
    <div className="mt-4 space-y-3" data-testid="shared">
      {/* biome-ignore lint/performance/noImgElement: it is made for this size, and its address is given on */}
      <img src={picture} width={1200} height={630} alt={t("alt")} className="h-auto w-full rounded-xl border" />
      <div className="flex flex-wrap gap-2">
        <Button asChild size="sm" variant="outline">
          <Link href={`/people/${userId}`}>{t("page")}</Link>
        </Button>
        <Button asChild size="sm" variant="outline">
          <a href={picture} download={`quorate-${userId}.png`}>
            {t("picture")}
          </a>
        </Button>
        <Button
          size="sm"
          variant="outline"
          onClick={() =>
            void navigator.clipboard?.writeText(`${location.origin}/people/${userId}`).then(() => setCopied(true))
          }
        >
          {isCopied ? t("copied") : t("copy")}
        </Button>
      </div>
    </div>
  );
}
