/** PostgreSQL's character_not_in_repertoire and untranslatable_character: of all that JSON can say, U+0000 alone. */
const CODES = new Set(["22021", "22P05"]);
/** invalid_text_representation: many things; of JSON, which is written by programs here, only a lone surrogate. */
const INVALID_CODE = "22P02";
const JSON_SOURCE = "jsonfuncs.c";
/** Through Prisma only the sentence comes. */
const WORDS =
  /invalid byte sequence for encoding "UTF8": 0x00|unsupported Unicode escape sequence|invalid input syntax for type json/;

export const UNSTORABLE_TEXT =
  "A text contains the character U+0000, or half a character (a lone surrogate), which cannot be stored. Take it out.";

/** Whether a statement failed because a text that came from outside contains what PostgreSQL cannot hold. */
export function isUnstorableText(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code, file } = each as { code?: unknown; file?: unknown };
    if (typeof code === "string" && CODES.has(code)) return true;
    if ((code === INVALID_CODE && file === JSON_SOURCE) || WORDS.test(each.message)) return true;
  }
  return false;
}
