/**
 * What a name looks like to somebody who reads quickly: two names with the same key can be taken for each other. Letters of
 * other alphabets that look Latin become Latin, accents and marks go, digits become the letters they resemble, and everything
 * but letters and digits goes. From the confusables of Unicode TR39, as far as they are letters of names.
 */
export function lookAlikeKey(name: string): string {
  const letters = [...name.normalize("NFKD").toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "")];
  const latin = letters.map((letter) => LATIN.get(letter) ?? letter).join("");
  const key = latin
    .replace(/rn/g, "m")
    .replace(/vv/g, "w")
    .replace(/[^\p{L}\p{N}]/gu, "");
  // Of signs alone: as they are.
  return key === "" ? name.normalize("NFKC").toLowerCase() : key;
}

const PAIRS: readonly (readonly [string, string])[] = [
  // Cyrillic
  ["а", "a"],
  ["в", "b"],
  ["с", "c"],
  ["ԁ", "d"],
  ["е", "e"],
  ["ё", "e"],
  ["һ", "h"],
  ["н", "h"],
  ["і", "i"],
  ["ї", "i"],
  ["ј", "j"],
  ["к", "k"],
  ["ӏ", "l"],
  ["м", "m"],
  ["п", "n"],
  ["о", "o"],
  ["р", "p"],
  ["ԛ", "q"],
  ["г", "r"],
  ["ѕ", "s"],
  ["т", "t"],
  ["ц", "u"],
  ["ѵ", "v"],
  ["ԝ", "w"],
  ["х", "x"],
  ["у", "y"],
  ["ү", "y"],
  ["з", "e"],
  ["б", "b"],
  ["ь", "b"],
  // Greek
  ["α", "a"],
  ["β", "b"],
  ["ϲ", "c"],
  ["ε", "e"],
  ["η", "n"],
  ["ι", "i"],
  ["κ", "k"],
  ["μ", "u"],
  ["ν", "v"],
  ["ο", "o"],
  ["ρ", "p"],
  ["σ", "o"],
  ["ς", "c"],
  ["τ", "t"],
  ["υ", "u"],
  ["χ", "x"],
  ["γ", "y"],
  ["ω", "w"],
  // Latin and digits
  ["ı", "i"],
  ["ɑ", "a"],
  ["ɡ", "g"],
  ["ø", "o"],
  ["ł", "l"],
  ["đ", "d"],
  ["ß", "ss"],
  ["æ", "ae"],
  ["œ", "oe"],
  ["0", "o"],
  ["1", "l"],
  ["3", "e"],
  ["4", "a"],
  ["5", "s"],
  ["7", "t"],
  ["8", "b"],
  ["i", "l"],
  ["|", "l"],
  ["$", "s"],
  ["@", "a"],
];
const LATIN = new Map(PAIRS.map(([from, to]) => [from, to === "i" ? "l" : to]));

/** Words that would make a name pose as the site, as they look. */
const RESERVED = ["quorate", "operator", "administrator", "moderator", "official", "anonymousvolunteer", "quorateteam"];
const RESERVED_WHOLE = ["admin", "staff", "support", "system", "root", "team", "anonymous", "everybody", "nobody"];

/** True when a name could be taken for the site itself or for those who run it. */
export function posesAsTheSite(name: string): boolean {
  const key = lookAlikeKey(name);
  return (
    RESERVED.some((word) => key.includes(lookAlikeKey(word))) ||
    RESERVED_WHOLE.some((word) => key === lookAlikeKey(word))
  );
}
