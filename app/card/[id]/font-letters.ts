/**
 * The letters of the font that cards are drawn with (Geist Regular, as it comes with next/og): Latin, Cyrillic, Vietnamese and
 * the usual signs. From the font's own table.
 */
const RANGES =
  "20-7e a0-ac ae-113 116-12b 12e-137 139-13e 141-148 14a-14d 150-17e 218-21b 400-45f 462-463 46a-46b 472-475 490-493 496-497 49a-49b 4a2-4a3 4ae-4b3 4b6-4b7 4ba-4bb 4c0 4cf 4d8-4d9 4e2-4e3 4e8-4e9 4ee-4ef 1e80-1e85 1e9e 1ea0-1ef9 2013-2014 2018-201a 201c-201e 2020-2022 2026 2039-203a 20ac 2122 2190-2193";

const LETTERS = RANGES.split(" ").map((range) => {
  const [first = "", last = first] = range.split("-");
  return [Number.parseInt(first, 16), Number.parseInt(last, 16)] as const;
});

/** True when every letter of a text can be drawn. */
export function fitsTheFont(text: string): boolean {
  return [...text].every((letter) => {
    const code = letter.codePointAt(0) ?? 0;
    return LETTERS.some(([first, last]) => first <= code && code <= last);
  });
}
