import { NAME_MAX_CHARACTERS } from "../limits.ts";

export type NameVerdict = { ok: true; name: string | null } | { ok: false; message: string };

/**
 * Makes a public name fit to be shown to everybody: compatibility forms folded, white space collapsed; control
 * characters, direction overrides and invisible characters are refused, since they let a name pose as another.
 * An empty name means: stay anonymous.
 */
export function cleanPublicName(raw: string): NameVerdict {
  const name = raw.normalize("NFKC").replace(/\s+/gu, " ").trim();
  if (name === "") return { ok: true, name: null };
  if ([...name].length > NAME_MAX_CHARACTERS) {
    return { ok: false, message: `A name has at most ${NAME_MAX_CHARACTERS} characters.` };
  }
  // Cc control, Cf format (direction marks, zero width), Co private use, Cs lone surrogates, Cn unassigned.
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}]/u.test(name)) {
    return { ok: false, message: "A name cannot contain invisible or control characters." };
  }
  if (/\p{M}{3,}/u.test(name)) return { ok: false, message: "A name cannot stack more than two marks on a letter." };
  return { ok: true, name };
}
