/** Conversions between what the server counts and what a person reads. */

/** Micro-cobblestones (as the wire's decimal string) to cobblestones. */
export function cobblestones(micro: string | number | bigint): number {
  return Number(micro) / 1e6;
}

export type Unit = "second" | "minute" | "hour" | "day" | "month" | "year";

const STEPS: readonly (readonly [Unit, number])[] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** The largest unit that fits a duration in seconds, and how many of it, for relative-time formatting. */
export function largestUnit(seconds: number): { unit: Unit; value: number } {
  const size = Math.abs(seconds);
  for (const [unit, length] of STEPS) if (size >= length) return { unit, value: Math.round(seconds / length) };
  return { unit: "second", value: Math.round(seconds) };
}
