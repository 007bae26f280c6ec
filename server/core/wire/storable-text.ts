/** Half of a pair of surrogates by itself: JSON can spell it, UTF-8 and so PostgreSQL's jsonb cannot. */
const HALF = /\p{Surrogate}/u;
const HALVES = /\p{Surrogate}/gu;

/** Whether a text is a sequence of whole characters: only such a one comes back from UTF-8 as it was. */
export const isWhole = (text: string): boolean => !HALF.test(text);

/** Why PostgreSQL cannot hold a text; null: it can. */
export function unstorable(text: string): string | null {
  if (text.includes("\0")) return "it holds the character U+0000, which cannot be stored";
  return isWhole(text) ? null : HALF_FAULT;
}
export const HALF_FAULT = "it holds half a character (a lone surrogate, U+D800 to U+DFFF), which cannot be stored";

/** A text that can be stored, whatever it quotes. */
export const madeStorable = (text: string): string => text.replaceAll("\0", "\ufffd").replace(HALVES, "\ufffd");

/** The beginning of a text, at most so many UTF-16 units, and no character cut in two. */
export function beginningOf(text: string, most: number): string {
  const cut = text.slice(0, most);
  return cut.length < text.length && /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}
