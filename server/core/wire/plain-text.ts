export type TextVerdict = { ok: true; text: string } | { ok: false; message: string };

/**
 * Makes a text of a few lines fit to be shown to everybody, as text: lines are kept, other control characters, direction
 * overrides and invisible characters are refused, since they let a text look like another or break out of its place. The
 * joiners that Persian, Hindi and emoji are written with stay. Markup is text like any other.
 */
export function cleanPlainText(
  raw: string,
  { maxCharacters, maxLines }: { maxCharacters: number; maxLines: number },
): TextVerdict {
  const lines = raw.normalize("NFC").replace(/\r\n?/g, "\n").split("\n");
  const text = lines
    .map((line) => line.replace(/[^\S\n]+/gu, " ").trim())
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  if ([...text].length > maxCharacters)
    return { ok: false, message: `The text has at most ${maxCharacters} characters.` };
  if (text.split("\n").length > maxLines) return { ok: false, message: `The text has at most ${maxLines} lines.` };
  // Cc control, Cf format (direction marks, zero width), Co private use, Cs lone surrogates, Cn unassigned.
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}]/u.test(text.replace(/[\n\u200c\u200d]/g, ""))) {
    return { ok: false, message: "The text cannot contain invisible or control characters." };
  }
  if (/\p{M}{4,}/u.test(text))
    return { ok: false, message: "The text cannot stack more than three marks on a letter." };
  return { ok: true, text };
}
