/** PostgreSQL's character_not_in_repertoire and untranslatable_character: of all that JSON can say, U+0000 alone. */
const CODES = new Set(["22021", "22P05"]);
/** Through Prisma only the sentence comes. */
const WORDS = /invalid byte sequence for encoding "UTF8": 0x00|unsupported Unicode escape sequence/;

export const UNSTORABLE_TEXT = "A text contains the character U+0000, which cannot be stored. Take it out.";

/** Whether a statement failed because a text that came from outside contains the character U+0000. */
export function isUnstorableText(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code } = each as { code?: unknown };
    if ((typeof code === "string" && CODES.has(code)) || WORDS.test(each.message)) return true;
  }
  return false;
}
