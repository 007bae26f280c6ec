import type { Comparator, OutputSchema } from "../../wire/kernel-manifest.ts";
import { kolmogorovSmirnovTail, normalTwoSidedTail } from "./distributions.ts";
import { type NumberArray, numbersOf, type OutputValues, parsePair } from "./output-values.ts";
import { agrees, type ComparisonVerdict, differs } from "./verdict.ts";

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
  if (schema.format === "bytes") return differs("an output of format bytes has no values to compare");
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
  if (pairs.length === 0) return differs("the comparator names no pairs of estimate and standard error");
  const fields = pairs.map((pair) => ({
    name: pair.estimate,
    a: { estimate: numbersOf(first, pair.estimate), error: numbersOf(first, pair.standardError) },
    b: { estimate: numbersOf(second, pair.estimate), error: numbersOf(second, pair.standardError) },
  }));
  const comparisons = fields.reduce((sum, field) => sum + (field.a.estimate?.length ?? 0), 0);
  for (const { name, a, b } of fields) {
    if (!a.estimate || !a.error || !b.estimate || !b.error)
      return differs(`${name} and its error are no numeric fields`);
    if (a.estimate.length !== b.estimate.length || a.estimate.length !== a.error.length) {
      return differs(`${name}: the outputs have ${a.estimate.length} and ${b.estimate.length} estimates`);
    }
    if (b.estimate.length !== b.error.length) return differs(`${name}: not every estimate has an error`);
    for (let row = 0; row < a.estimate.length; row++) {
      const verdict = compareMean(
        { estimate: at(a.estimate, row), error: at(a.error, row) },
        { estimate: at(b.estimate, row), error: at(b.error, row) },
        comparator.falseAlarmRate / comparisons,
      );
      if (verdict !== null) return { ...verdict, reason: `${name}: ${verdict.reason}` };
    }
  }
  if (comparisons === 0) return differs("the outputs have no estimates");
  return agrees(`no estimate differs at a false-alarm rate of ${comparator.falseAlarmRate}`);
}

interface Estimate {
  readonly estimate: number;
  readonly error: number;
}

/** null when the two estimates agree at this false-alarm rate. */
function compareMean(a: Estimate, b: Estimate, rate: number): ComparisonVerdict | null {
  const malformed = [...(isUsable(a) ? [] : (["first"] as const)), ...(isUsable(b) ? [] : (["second"] as const))];
  if (malformed.length > 0) {
    return {
      agree: false,
      reason: `an estimate or error of the ${malformed.join(" and ")} output is no number`,
      malformed,
    };
  }
  const [small, large] = a.error < b.error ? [a.error, b.error] : [b.error, a.error];
  if (large > STANDARD_ERROR_MAX_RATIO * small) {
    return differs(
      `standard errors ${a.error} and ${b.error} differ by more than a factor ${STANDARD_ERROR_MAX_RATIO}`,
    );
  }
  if (a.estimate === b.estimate) return null;
  const z = (a.estimate - b.estimate) / Math.hypot(a.error, b.error); // both errors 0: infinite
  if (normalTwoSidedTail(z) >= rate) return null;
  return differs(`${a.estimate} and ${b.estimate} are ${Math.abs(z).toFixed(2)} standard errors apart`);
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
  if (a === null || b === null) return differs("the comparator names no numeric field as sample");
  const malformed = [...(isSample(a) ? [] : (["first"] as const)), ...(isSample(b) ? [] : (["second"] as const))];
  if (malformed.length > 0) {
    return {
      agree: false,
      reason: `the sample of the ${malformed.join(" and ")} output is empty or not finite`,
      malformed,
    };
  }
  if (Math.max(a.length, b.length) > SAMPLE_COUNT_MAX_RATIO * Math.min(a.length, b.length)) {
    return differs(`samples of ${a.length} and ${b.length} values are too different in size`);
  }
  const distance = kolmogorovSmirnovDistance(a, b);
  const tail = kolmogorovSmirnovTail(distance, a.length, b.length);
  if (tail >= comparator.falseAlarmRate) {
    return agrees(`Kolmogorov-Smirnov distance ${distance.toFixed(4)}, probability ${tail.toPrecision(3)}`);
  }
  return differs(`Kolmogorov-Smirnov distance ${distance.toFixed(4)} has probability ${tail.toPrecision(3)}`);
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
