import { posesAsTheSite } from "../core/wire/look-alike.ts";
import { cleanPlainText } from "../core/wire/plain-text.ts";
import { cleanPublicName } from "../core/wire/public-name.ts";
import { Refusal } from "../refusal.ts";

/** What a team says of itself. */
export const DESCRIPTION_MAX_CHARACTERS = 600;
export const DESCRIPTION_MAX_LINES = 12;
/** Teams that one account may found in a day: more is a flood. */
export const TEAMS_PER_DAY = 5;

const NAME_MIN_LETTERS = 2;

/** @throws {Refusal} `bad_request` with the reason. */
export function teamName(raw: string): string {
  const verdict = cleanPublicName(raw);
  if (!verdict.ok) throw new Refusal("bad_request", verdict.message);
  const letters = (verdict.name ?? "").match(/[\p{L}\p{N}]/gu) ?? [];
  if (verdict.name === null || letters.length < NAME_MIN_LETTERS) {
    throw new Refusal("bad_request", `The name of a team has at least ${NAME_MIN_LETTERS} letters or digits.`);
  }
  if (posesAsTheSite(verdict.name)) {
    throw new Refusal("bad_request", "This name could be taken for the site itself: choose another one.");
  }
  return verdict.name;
}

/** @throws {Refusal} `bad_request` with the reason. */
export function teamDescription(raw: string): string {
  const verdict = cleanPlainText(raw, { maxCharacters: DESCRIPTION_MAX_CHARACTERS, maxLines: DESCRIPTION_MAX_LINES });
  if (!verdict.ok) throw new Refusal("bad_request", verdict.message);
  return verdict.text;
}
