import type { Comparator, OutputSchema } from "../../wire/kernel-manifest.ts";
import type { ExactNumber } from "../../wire/reason.ts";
import { kolmogorovSmirnovTail, normalTwoSidedTail } from "./distributions.ts";
import { type NumberArray, numbersOf, type OutputValues, parsePair } from "./output-values.ts";
import { agrees, type ComparisonVerdict, differs, exactly, outputsOf, type Which } from "./verdict.ts";

/**
 * Statistical comparison (R000.6): replicas use different seeds on purpose, and agree unless a declared test tells them
 * apart. `falseAlarmRate` bounds the probability that two honest replicas are called different, for the whole output.
 */

export type StatisticalComparator = Extract<Comparator, { type: "statistical" }>;

/**
 * Standard errors come from the volunteer as well: a claimed error of a million would agree with everything. Honest
 * replicas of one run have nearly the same error when it rests on some hundred independent contributions; the largest
 * ratio of the bundled ising kernel in 70 000 pairs, with settings where rare events make most of the error, was 5.1.
 * A ratio above this one counts as different, so that a lie gains at most a factor sqrt((1 + 25) / 2).
 */
export const STANDARD_ERROR_MAX_RATIO = 5;

/** Too few samples would agree with everything; replicas of one run may lose some samples, not half of them. */
export const SAMPLE_COUNT_MAX_RATIO = 2;

/** Symmetric in its outputs. */
export function compareStatistical(
  comparator: StatisticalComparator,
  schema: OutputSchema,
  outputs: { readonly first: Uint8Array; readonly second: Uint8Array },
): ComparisonVerdict {
  if (schema.format === "bytes") return differs({ code: "no_values" });
  const pair = parsePair(schema, outputs.first, outputs.second);
  if (!pair.ok) return pair.verdict;
  switch (comparator.test) {
    case "mean":
      return compareMeans(comparator, pair.first, pair.second);
    case "kolmogorov_smirnov":
      return compareSamples(comparator, pair.first, pair.second);
  }
}

/**
 * Difference of means against standard errors, each pair at falseAlarmRate / number of values (Bonferroni): the bound
 * holds however the estimates depend on each other.
 */
function compareMeans(comparator: StatisticalComparator, first: OutputValues, second: OutputValues): ComparisonVerdict {
  const pairs = comparator.pairs ?? [];
  if (pairs.length === 0) return differs({ code: "no_pairs" });
  const fields = pairs.map((pair) => ({
    name: pair.estimate,
    a: { estimate: numbersOf(first, pair.estimate), error: numbersOf(first, pair.standardError) },
    b: { estimate: numbersOf(second, pair.estimate), error: numbersOf(second, pair.standardError) },
  }));
  const comparisons = fields.reduce((sum, field) => sum + (field.a.estimate?.length ?? 0), 0);
  for (const { name, a, b } of fields) {
    if (!a.estimate || !a.error || !b.estimate || !b.error) return differs({ code: "not_numeric", field: name });
    if (a.estimate.length !== b.estimate.length || a.estimate.length !== a.error.length) {
      return differs({ code: "estimates_differ", field: name, counts: [a.estimate.length, b.estimate.length] });
    }
    if (b.estimate.length !== b.error.length) return differs({ code: "errors_lacking", field: name });
    for (let row = 0; row < a.estimate.length; row++) {
      const verdict = compareMean(
        name,
        [
          { estimate: at(a.estimate, row), error: at(a.error, row) },
          { estimate: at(b.estimate, row), error: at(b.error, row) },
        ],
        comparator.falseAlarmRate / comparisons,
      );
      if (verdict !== null) return verdict;
    }
  }
  if (comparisons === 0) return differs({ code: "no_estimates" });
  return agrees({ code: "estimates_agree", rate: comparator.falseAlarmRate });
}

interface Estimate {
  readonly estimate: number;
  readonly error: number;
}

/** null when the two estimates agree at this false-alarm rate. */
function compareMean(field: string, [a, b]: readonly [Estimate, Estimate], rate: number): ComparisonVerdict | null {
  const malformed = thoseNot(isUsable, a, b);
  if (isSome(malformed)) {
    return differs({ code: "estimate_unusable", field, outputs: outputsOf(malformed) }, malformed);
  }
  const [small, large] = a.error < b.error ? [a.error, b.error] : [b.error, a.error];
  if (large > STANDARD_ERROR_MAX_RATIO * small) {
    const errors: [number, number] = [a.error, b.error];
    return differs({ code: "errors_apart", field, values: errors, factor: STANDARD_ERROR_MAX_RATIO });
  }
  if (a.estimate === b.estimate) return null;
  const z = (a.estimate - b.estimate) / Math.hypot(a.error, b.error); // both errors 0: infinite
  if (normalTwoSidedTail(z) >= rate) return null;
  return differs({
    code: "estimates_apart",
    field,
    values: [a.estimate, b.estimate],
    errors: rounded(Math.abs(z).toFixed(2)),
  });
}

function isUsable(value: Estimate): boolean {
  return Number.isFinite(value.estimate) && Number.isFinite(value.error) && value.error >= 0;
}

/** Two-sample Kolmogorov-Smirnov on the values of one record field. */
function compareSamples(
  comparator: StatisticalComparator,
  first: OutputValues,
  second: OutputValues,
): ComparisonVerdict {
  const a = comparator.sample === undefined ? null : numbersOf(first, comparator.sample);
  const b = comparator.sample === undefined ? null : numbersOf(second, comparator.sample);
  if (a === null || b === null) return differs({ code: "no_sample" });
  const malformed = thoseNot(isSample, a, b);
  if (isSome(malformed)) return differs({ code: "sample_unusable", outputs: outputsOf(malformed) }, malformed);
  if (Math.max(a.length, b.length) > SAMPLE_COUNT_MAX_RATIO * Math.min(a.length, b.length)) {
    return differs({ code: "sample_sizes", counts: [a.length, b.length] });
  }
  const distance = kolmogorovSmirnovDistance(a, b);
  const tail = kolmogorovSmirnovTail(distance, a.length, b.length);
  const found = { distance: rounded(distance.toFixed(4)), probability: rounded(tail.toPrecision(3)) };
  if (tail >= comparator.falseAlarmRate) return agrees({ code: "samples_agree", ...found });
  return differs({ code: "samples_apart", ...found });
}

function thoseNot<T>(isGood: (value: T) => boolean, first: T, second: T): Which[] {
  return [...(isGood(first) ? [] : (["first"] as const)), ...(isGood(second) ? [] : (["second"] as const))];
}

function isSome(which: readonly Which[]): which is readonly [Which, ...Which[]] {
  return which.length > 0;
}

/** No more digits than a sentence has. */
function rounded(text: string): ExactNumber {
  return exactly(Number(text));
}

function isSample(values: NumberArray): boolean {
  return values.length > 0 && values.every((value: number) => Number.isFinite(value));
}

/** Largest distance of the two empirical distribution functions, 0..1; ties are stepped over together. */
export function kolmogorovSmirnovDistance(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const a = Float64Array.from(first).sort();
  const b = Float64Array.from(second).sort();
  let i = 0;
  let j = 0;
  let largest = 0;
  while (i < a.length && j < b.length) {
    const value = Math.min(at(a, i), at(b, j));
    while (i < a.length && at(a, i) === value) i++;
    while (j < b.length && at(b, j) === value) j++;
    largest = Math.max(largest, Math.abs(i * b.length - j * a.length));
  }
  return largest / (a.length * b.length);
}

function at(values: NumberArray, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no value ${index}`);
  return value;
}
