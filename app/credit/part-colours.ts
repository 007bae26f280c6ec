/** Colours of the parts of a bar, apart from each other in lightness too, on light and dark ground. */
export const PART_COLOURS = [
  "var(--accent)",
  "oklch(0.72 0.15 75)",
  "oklch(0.56 0.17 300)",
  "oklch(0.68 0.16 145)",
  "oklch(0.6 0.19 25)",
  "oklch(0.62 0.14 250)",
  "var(--muted)",
] as const;
