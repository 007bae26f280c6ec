"use client";

import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { Stat } from "../../components/ui/states.tsx";
import { Table, Td, Th } from "../../components/ui/table.tsx";
import type { Answer } from "./reduce.tsx";

const DIGITS = { maximumSignificantDigits: 8 };

/** What all outputs together give. */
export function ReducedView({ answer }: { answer: Answer }) {
  const t = useTranslations("batch.reduce");
  return (
    <div className="space-y-4" data-testid="reduced">
      <Value answer={answer} />
      <p className="text-sm text-muted">
        {t("from", { outputs: answer.outputs, values: answer.reduced.count })}
        {answer.malformed > 0 ? ` ${t("malformed", { count: answer.malformed })}` : ""}
      </p>
    </div>
  );
}

function Value({ answer }: { answer: Answer }) {
  const t = useTranslations("batch.reduce");
  const format = useFormatter();
  const { reduced, field } = answer;
  switch (reduced.kind) {
    case "sum":
      return (
        <dl className="grid gap-4 sm:grid-cols-2">
          <Stat
            label={t("sumOf", { field })}
            value={<span className="break-all">{reduced.exact ?? format.number(reduced.sum, DIGITS)}</span>}
          />
          <Stat label={t("mean")} value={reduced.mean === null ? "–" : format.number(reduced.mean, DIGITS)} />
        </dl>
      );
    case "min":
    case "max":
      return reduced.place === null ? <p>{t("noValues")}</p> : <Places field={field} places={[reduced.place]} />;
    case "top":
      return reduced.places.length === 0 ? <p>{t("noValues")}</p> : <Places field={field} places={reduced.places} />;
    case "histogram":
      return <Histogram answer={answer} counts={reduced.counts} notNumbers={reduced.notNumbers} />;
  }
}

type Place = { workunitId: number; row: number; value: number };

function Places({ field, places }: { field: string; places: readonly Place[] }) {
  const t = useTranslations("batch.reduce");
  const format = useFormatter();
  return (
    <Table label={field}>
      <thead>
        <tr>
          <Th>{field}</Th>
          <Th>{t("row")}</Th>
          <Th className="w-full">{t("where")}</Th>
        </tr>
      </thead>
      <tbody>
        {places.map(({ workunitId, row, value }) => (
          <tr key={`${workunitId}-${row}`}>
            <Td className="font-medium whitespace-nowrap">{format.number(value, DIGITS)}</Td>
            <Td>{format.number(row + 1)}</Td>
            <Td>
              <Link href={`/workunits/${workunitId}`} className="underline">
                {t("workunit", { id: workunitId })}
              </Link>
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

const [WIDTH, HEIGHT] = [600, 160];

/** Bars of equal width from the smallest value to the largest. */
function Histogram(props: { answer: Answer; counts: readonly number[]; notNumbers: number }) {
  const { answer, counts, notNumbers } = props;
  const t = useTranslations("batch.reduce");
  const format = useFormatter();
  const most = Math.max(1, ...counts);
  const width = WIDTH / counts.length;
  const step = (answer.to - answer.from) / counts.length;
  const edge = (index: number) => format.number(answer.from + index * step, { maximumSignificantDigits: 5 });
  return (
    <figure>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-40 w-full"
        role="img"
        aria-label={t("histogramAlt", { field: answer.field, from: edge(0), to: edge(counts.length), most })}
      >
        {counts.map((count, index) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
            key={index}
            x={index * width + width * 0.05}
            y={HEIGHT - (count / most) * HEIGHT}
            width={width * 0.9}
            height={(count / most) * HEIGHT}
            fill="var(--accent)"
          >
            <title>{t("bar", { from: edge(index), to: edge(index + 1), count })}</title>
          </rect>
        ))}
      </svg>
      <div className="flex justify-between border-t pt-1 text-sm text-muted tabular-nums">
        <span>{edge(0)}</span>
        <span>{answer.field}</span>
        <span>{edge(counts.length)}</span>
      </div>
      <figcaption className="mt-2 text-sm text-muted">
        {t("highest", { most })}
        {notNumbers > 0 ? ` ${t("notNumbers", { count: notNumbers })}` : ""}
      </figcaption>
    </figure>
  );
}
