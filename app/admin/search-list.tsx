"use client";

import { useTranslations } from "next-intl";
import { useDeferredValue, useId, useState } from "react";
import { Input } from "../components/form/field.tsx";
import { Button } from "../components/ui/button.tsx";

export type Search = { text: string; beforeId: number | null };

/** The text that is searched for, and where in the list one is; a new text begins at the top. */
export function useSearch(): {
  search: Search;
  text: string;
  setText(text: string): void;
  after(lastId: number | undefined): void;
} {
  const [text, setText] = useState("");
  const [beforeId, setBefore] = useState<number | null>(null);
  const settled = useDeferredValue(text);
  return {
    search: { text: settled, beforeId },
    text,
    setText(next) {
      setText(next);
      setBefore(null);
    },
    after: (lastId) => setBefore(lastId ?? null),
  };
}

export function SearchField({ label, text, onChange }: { label: string; text: string; onChange(text: string): void }) {
  const id = useId();
  return (
    <div className="mb-4 max-w-sm">
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      <Input id={id} type="search" maxLength={60} value={text} onChange={({ target }) => onChange(target.value)} />
    </div>
  );
}

/** Rows of a full page of the server's lists. */
const PAGE = 50;

type PagesProps = { search: Search; rows: readonly { id: number }[]; onMove(beforeId: number | undefined): void };

/** To the next page, and back to the first. */
export function Pages({ search, rows, onMove }: PagesProps) {
  const t = useTranslations("admin");
  return (
    <p className="mt-4 flex gap-3">
      {search.beforeId === null ? null : (
        <Button variant="outline" size="sm" onClick={() => onMove(undefined)}>
          {t("newest")}
        </Button>
      )}
      {rows.length < PAGE ? null : (
        <Button variant="outline" size="sm" onClick={() => onMove(rows.at(-1)?.id)}>
          {t("older")}
        </Button>
      )}
    </p>
  );
}
