import { COBBLESTONES_PER_FLOP } from "../../../server/core/limits.ts";
import type { Comparator, KernelManifest } from "../../../server/core/wire/kernel-manifest.ts";
import type { BackendProof, Difference, FieldDifference, ProofRunReport, Proposals } from "./proof-report.ts";
import { type ProofRunResult, TARGET_STEP_MS } from "./run-steps.ts";

/** What one core of a common computer of these years does in plain code, operations per second; a proposal is no measurement. */
const CORE_FLOPS_PER_SECOND = 4e9;
/** Devices that were not asked differ more than those that were. */
const TOLERANCE_FACTOR = 16;
/** A unit that takes longer than this on the device measured takes seconds on a phone. */
const LONG_UNIT_MS = 25;
/** Units shorter than this are lost in what a step costs. */
const SHORT_UNITS_PER_STEP = 1e6;

interface Found {
  readonly backends: readonly BackendProof[];
  readonly runs: readonly ProofRunReport[];
  /** `backend example` -> the measured run. */
  readonly measured: ReadonlyMap<string, ProofRunResult>;
}

/** What kernel.json might say, from what was measured; null when nothing was computed. */
export function propose(manifest: KernelManifest, { backends, runs, measured }: Found): Proposals | null {
  if (runs.length === 0) return null;
  return { ...proposeClass(manifest, runs), steps: proposeSteps(backends), cost: proposeCost(manifest, measured) };
}

function proposeClass(
  manifest: KernelManifest,
  runs: readonly ProofRunReport[],
): Pick<Proposals, "exactness" | "why" | "comparator"> {
  const differences = runs
    .flatMap((run) => [run.fromKnown, run.fromMeasured])
    .filter((one): one is Difference => one !== null);
  if (manifest.seed && manifest.exactness === "statistical") {
    return { exactness: "statistical", why: "every replica draws its own random numbers", comparator: null };
  }
  if (differences.length === 0) {
    const wanted = Object.values(manifest.backends).filter((backend) => backend !== undefined).length;
    if (new Set(runs.map(({ backend }) => backend)).size < wanted && hasFloats(manifest)) {
      const why =
        "the same bytes with all step sizes, but only one of its backends was computed here, and floats differ between backends";
      return { exactness: manifest.exactness, why, comparator: null };
    }
    return {
      exactness: "exact",
      why: "the same bytes on all backends computed here, with all step sizes",
      comparator: { type: "exact" },
    };
  }
  const fields = differences.flatMap((difference) => difference.fields);
  const whole = fields.find(({ type }) => !["f32", "f64", "number"].includes(type));
  if (fields.length === 0 || whole !== undefined || fields.some((field) => field.maxAbsolute === null)) {
    const what = whole === undefined ? "what differs is no number" : `${whole.name} differs, which is no float`;
    return { exactness: manifest.exactness, why: `${what}: correct the kernel`, comparator: null };
  }
  return { exactness: "tolerant", why: "only floats differ, and little", comparator: tolerance(manifest, fields) };
}

function hasFloats({ output }: KernelManifest): boolean {
  if (output.format === "csv") return output.columns.some(({ type }) => type === "number");
  if (output.format === "bytes") return true;
  return [...output.header, ...output.record].some(({ type }) => type === "f32" || type === "f64");
}

/** Wide enough for a sixteen times larger difference; relative where values are not near zero. */
function tolerance(manifest: KernelManifest, fields: readonly FieldDifference[]): Comparator {
  const most = (of: (field: FieldDifference) => number | null): number =>
    Math.max(...fields.map((field) => of(field) ?? 0));
  const relative = roundedUp(most((field) => field.maxRelative) * TOLERANCE_FACTOR);
  const own = manifest.comparator.type === "tolerant" ? manifest.comparator.fields : undefined;
  const named = own === undefined ? {} : { fields: own };
  if (relative <= 0.1) return { type: "tolerant", relative, nanEqualsNan: false, ...named };
  const absolute = roundedUp(most((field) => field.maxAbsolute) * TOLERANCE_FACTOR);
  return { type: "tolerant", absolute, nanEqualsNan: false, ...named };
}

/** To one digit, upwards: 0.00032 -> 0.0004. */
function roundedUp(value: number): number {
  if (value === 0) return 0;
  const digit = 10 ** Math.floor(Math.log10(value));
  return Number((Math.ceil(value / digit) * digit).toPrecision(1));
}

function proposeSteps(backends: readonly BackendProof[]): Proposals["steps"] {
  return backends.flatMap((proof) => {
    if (proof.state !== "proven") return [];
    const { unitsPerStep, unitsPerSecond } = proof.speed;
    const unitMs = unitsPerSecond === 0 ? 0 : 1000 / unitsPerSecond;
    const advice =
      unitMs > LONG_UNIT_MS
        ? `a unit takes ${Math.round(unitMs)} ms here: make units smaller, a phone is ten times slower`
        : unitsPerStep > SHORT_UNITS_PER_STEP
          ? `a step of ${TARGET_STEP_MS} ms has ${unitsPerStep} units: larger units would cost less`
          : null;
    return [{ backend: proof.backend, unitsPerStep, advice }];
  });
}

function proposeCost(manifest: KernelManifest, measured: ReadonlyMap<string, ProofRunResult>): Proposals["cost"] {
  // A GPU's time says little about work: the processor's is the measure, as for credit everywhere.
  const examples = manifest.examples.flatMap(({ name }) => {
    const run = measured.get(`wasm ${name}`);
    return run === undefined || run.units === 0 ? [] : [{ name, run }];
  });
  const units = examples.reduce((sum, { run }) => sum + run.units, 0);
  const seconds = examples.reduce((sum, { run }) => sum + run.computeMs, 0) / 1000;
  if (units === 0 || seconds === 0) return null;
  const flopsPerUnit =
    manifest.cost?.flopsPerUnit ?? Number(((seconds / units) * CORE_FLOPS_PER_SECOND).toPrecision(2));
  return {
    flopsPerUnit,
    examples: examples.map(({ name, run }) => {
      const flops = run.unitsTotal * flopsPerUnit;
      return { example: name, flops, cobblestones: flops * COBBLESTONES_PER_FLOP };
    }),
  };
}
