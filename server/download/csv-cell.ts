/**
 * One CSV cell (RFC 4180). Text that a spreadsheet would run as a formula gets an apostrophe in front (also the full-width
 * signs, which some take for the same); plain numbers,
 * negative ones too, stay numbers.
 */
export function csvCell(value: string | number): string {
  const text = String(value);
  const harmless =
    typeof value === "number" ||
    /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text) ||
    !/^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text);
  const safe = harmless ? text : `'${text}`;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
