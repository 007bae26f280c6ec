/** Tables of figures for a terminal. */

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The first column is words, the others are figures: aligned to the right. */
export function formatTable({ title, head, rows }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    widths
      .map((width, column) => (column === 0 ? (row[0] ?? "").padEnd(width) : (row[column] ?? "").padStart(width)))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [title, ...[line(head), rule, ...rows.map(line)].map((text) => `  ${text}`)].join("\n");
}

/** Three digits that count: 0.0123, 1.23, 12.3, 123, 12 345. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1) return value.toPrecision(3);
  if (size < 100) return value.toFixed(size < 10 ? 2 : 1);
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, " ");
}

export const ratio = (value: number): string => (Number.isFinite(value) ? value.toFixed(2) : "-");
export const percent = (share: number): string => (Number.isFinite(share) ? `${(share * 100).toFixed(1)} %` : "-");
export const milliseconds = (value: number): string => `${figure(value)} ms`;
