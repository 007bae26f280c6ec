"use client";

import { useTranslations } from "next-intl";
import type { Difference } from "../../../worker/compute/prove/proof-report.ts";
import { Table, Td, Th } from "../ui/table.tsx";

const WORD_BYTES = 8;

/** The bytes around the first that differs, side by side, and that one bit by bit. */
export function HexExcerpt({ difference }: { difference: Difference }) {
  const t = useTranslations("publish.differences");
  const { excerpt, firstByte } = difference;
  const rows = Math.ceil(Math.max(excerpt.expected.length, excerpt.found.length) / WORD_BYTES);
  const [expected, found] = [excerpt.expected[firstByte - excerpt.from], excerpt.found[firstByte - excerpt.from]];
  return (
    <>
      <Table label={t("bytesTable")} className="w-auto">
        <thead>
          <tr>
            <Th>{t("offset")}</Th>
            <Th>{t("expected")}</Th>
            <Th>{t("found")}</Th>
          </tr>
        </thead>
        <tbody className="font-mono text-xs">
          {Array.from({ length: rows }, (_, row) => excerpt.from + row * WORD_BYTES).map((offset) => (
            <tr key={offset}>
              <Td className="text-muted">{offset}</Td>
              <Td className="whitespace-nowrap">
                <Word bytes={excerpt.expected} other={excerpt.found} at={offset - excerpt.from} />
              </Td>
              <Td className="whitespace-nowrap">
                <Word bytes={excerpt.found} other={excerpt.expected} at={offset - excerpt.from} />
              </Td>
            </tr>
          ))}
        </tbody>
      </Table>
      {expected === undefined || found === undefined ? null : (
        <p className="font-mono text-xs">
          {t("bits", { offset: firstByte, expected: bitsOf(expected), found: bitsOf(found) })}
        </p>
      )}
    </>
  );
}

function Word({ bytes, other, at }: { bytes: readonly number[]; other: readonly number[]; at: number }) {
  return Array.from({ length: WORD_BYTES }, (_, index) => at + index)
    .filter((place) => place < bytes.length)
    .map((place) => {
      const text = (bytes[place] ?? 0).toString(16).padStart(2, "0");
      const isSame = bytes[place] === other[place];
      return (
        <span key={place}>
          {isSame ? text : <mark className="rounded bg-bad-soft font-bold text-bad underline">{text}</mark>}{" "}
        </span>
      );
    });
}

function bitsOf(byte: number): string {
  return byte.toString(2).padStart(8, "0");
}
