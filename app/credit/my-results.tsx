"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { groupReturned } from "../../worker/page/group-returned.ts";
import { Button } from "../components/ui/button.tsx";
import { Table, Td, Th, Tr } from "../components/ui/table.tsx";
import { FateBadge } from "../components/volunteer/fate-badge.tsx";
import { When } from "../components/when.tsx";
import { useRefusalText } from "../lib/refusal-text.ts";
import { type MyResults as Results, useTRPC } from "../lib/trpc.tsx";
import { cobblestones } from "../lib/units.ts";

type Result = Results[number];
const PAGE = 50;

/** Each result with what became of it and a link to its evidence: the latest, live, and older ones when asked for. */
export function MyResults({ latest }: { latest: Results }) {
  const t = useTranslations("credit");
  const trpc = useTRPC();
  const client = useQueryClient();
  const refusal = useRefusalText();
  const [older, setOlder] = useState<Results>([]);
  const [isEnd, setEnd] = useState(latest.length < PAGE);
  const shown = merged(latest, older);
  const more = useMutation({
    mutationFn: (last: Result) => {
      const after = { reportedSeconds: last.reportedSeconds, resultId: last.resultId };
      return client.fetchQuery(trpc.credit.results.queryOptions({ after }));
    },
    onSuccess: (page) => {
      // What was on the screen stays there, also when newer ones push it off the latest page.
      setOlder(merged(shown, page));
      setEnd(page.length < PAGE);
    },
  });
  if (shown.length === 0) return <p className="text-muted">{t("noResults")}</p>;
  const last = shown.at(-1);
  return (
    <>
      <Table stacks label={t("last")}>
        <thead>
          <Tr>
            <Th>{t("piece")}</Th>
            <Th>{t("fate")}</Th>
            <Th>{t("on")}</Th>
            <Th>{t("when")}</Th>
            <Th className="text-right">{t("credit")}</Th>
          </Tr>
        </thead>
        <tbody>
          {groupReturned(shown).map((line) =>
            line.kind === "one" ? (
              <Row key={line.item.resultId} result={line.item} />
            ) : (
              <ReturnedRows key={line.items[0].resultId} results={line.items} />
            ),
          )}
        </tbody>
      </Table>
      {isEnd || last === undefined ? null : (
        <Button
          className="mt-4"
          variant="outline"
          size="sm"
          disabled={more.isPending}
          onClick={() => more.mutate(last)}
        >
          {t("older")}
        </Button>
      )}
      {more.error ? (
        <p role="alert" className="mt-2 text-sm text-bad">
          {refusal(more.error)}
        </p>
      ) : null}
    </>
  );
}

/** Both, each result once as the first list has it, in the order of the second after the first. */
function merged(first: Results, second: Results): Results {
  const known = new Set(first.map(({ resultId }) => resultId));
  return [...first, ...second.filter(({ resultId }) => !known.has(resultId))];
}

/** Several in a row that were handed back: one line, and each of them when it is asked for. */
function ReturnedRows({ results }: { results: Results }) {
  const t = useTranslations("volunteer.fates");
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Tr>
        <Td>
          <button
            type="button"
            className="text-left font-medium underline"
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {t("several", { count: results.length })}
          </button>
        </Td>
        <Td>
          <FateBadge fate="returned" />
        </Td>
        <Td className="max-sm:hidden">–</Td>
        <Td className="max-sm:hidden">–</Td>
        <Td className="text-right max-sm:hidden">–</Td>
      </Tr>
      {isOpen ? results.map((result) => <Row key={result.resultId} result={result} />) : null}
    </>
  );
}

function Row({ result }: { result: Result }) {
  const t = useTranslations("credit");
  const fate = useTranslations("volunteer.fate");
  const backend = useTranslations("volunteer.worker.backend");
  const chart = useTranslations("chart");
  const format = useFormatter();
  const shown = result.recalled ? "recalled" : result.fate;
  return (
    <Tr>
      <Td className="min-w-44">
        <Link href={`/workunits/${result.workunitId}`} className="font-medium hover:underline">
          {result.workunitName}
        </Link>
        <span className="block text-muted">{result.project}</span>
        <Link href={`/workunits/${result.workunitId}`} className="text-sm text-muted underline">
          {t("evidence")}
        </Link>
      </Td>
      <Td label={t("fate")} className="min-w-56">
        <FateBadge fate={shown} />
        <span className="mt-1 block text-sm text-muted">{fate(`${shown}.hint`)}</span>
      </Td>
      <Td label={t("on")} className="whitespace-nowrap">
        {result.backend === "wgsl" ? backend("wgsl") : result.backend === "wasm" ? backend("wasm") : "–"}
        <bdi className="block max-w-40 truncate text-sm text-muted">
          {result.device ?? chart("device", { number: result.deviceId })}
        </bdi>
      </Td>
      <Td label={t("when")} className="whitespace-nowrap">
        <When seconds={result.reportedSeconds} />
      </Td>
      <Td label={t("credit")} className="text-right">
        {result.creditMicro === null
          ? "–"
          : format.number(cobblestones(result.creditMicro), { maximumFractionDigits: 4 })}
        {result.takenBack ? <span className="block text-sm text-bad">{t("takenBackShort")}</span> : null}
      </Td>
    </Tr>
  );
}
