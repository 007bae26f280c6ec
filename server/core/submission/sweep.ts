import * as z from "zod";
import type { Row } from "./reader.ts";

/** Workunits of one batch at most. */
export const BATCH_MAX_DRAFTS = 100_000;

const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, "use letters, digits, dash, dot and underscore");

/** What one parameter of a sweep runs through. */
export const sweepAxisSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("list"),
    values: z
      .array(z.union([z.string().max(1_000), z.number()]))
      .min(1)
      .max(BATCH_MAX_DRAFTS),
  }),
  /** from, from + step, ... up to and with `to`. */
  z.strictObject({ kind: z.literal("range"), from: z.number(), to: z.number(), step: z.number() }),
  /** `count` values with equal distances (or equal ratios) from `from` to `to`, both among them. */
  z.strictObject({
    kind: z.literal("steps"),
    from: z.number(),
    to: z.number(),
    count: z.int().min(1).max(BATCH_MAX_DRAFTS),
    scale: z.enum(["linear", "logarithmic"]).default("linear"),
  }),
  /** Whole numbers that are different in every repetition: `first`, `first` + 1... */
  z.strictObject({
    kind: z.literal("seeds"),
    count: z.int().min(1).max(BATCH_MAX_DRAFTS),
    first: z.int().min(0).default(1),
  }),
]);
export type SweepAxis = z.infer<typeof sweepAxisSchema>;

/** Every combination of all axes; the last axis runs fastest. `together`: axes that advance side by side, not as a product. */
export const sweepSchema = z.strictObject({
  axes: z.record(name, sweepAxisSchema),
  together: z.array(z.array(name).min(2)).default([]),
});
export type Sweep = z.infer<typeof sweepSchema>;

export type SweepProblem = { axis: string; message: string };

/** What is wrong with a sweep; empty: nothing. */
export function sweepProblems(sweep: Sweep): SweepProblem[] {
  const problems: SweepProblem[] = [];
  if (Object.keys(sweep.axes).length === 0) problems.push({ axis: "", message: "name at least one parameter" });
  for (const [axis, spec] of Object.entries(sweep.axes)) {
    const message = axisFault(spec);
    if (message !== null) problems.push({ axis, message });
  }
  const grouped = sweep.together.flat();
  for (const axis of grouped) {
    if (sweep.axes[axis] === undefined) problems.push({ axis, message: "there is no such parameter" });
    else if (grouped.indexOf(axis) !== grouped.lastIndexOf(axis))
      problems.push({ axis, message: "it is in two groups" });
  }
  if (problems.length > 0) return problems;
  for (const group of sweep.together) {
    const [first, ...others] = group.map((axis) => lengthOf(sweep.axes[axis] as SweepAxis));
    const different = others.findIndex((length) => length !== first);
    if (different !== -1) {
      problems.push({
        axis: group[different + 1] ?? "",
        message: `it has ${others[different]} values, ${group[0]} has ${first}`,
      });
    }
  }
  const count = sweepCount(sweep);
  if (count > BATCH_MAX_DRAFTS)
    problems.push({ axis: "", message: `these are ${count} combinations; a batch takes ${BATCH_MAX_DRAFTS}` });
  return problems;
}

function axisFault(axis: SweepAxis): string | null {
  if (axis.kind === "range") {
    if (axis.step === 0) return "the step is 0";
    if (axis.to !== axis.from && Math.sign(axis.to - axis.from) !== Math.sign(axis.step))
      return "the step leads away from the end";
    if (lengthOf(axis) > BATCH_MAX_DRAFTS)
      return `these are ${lengthOf(axis)} values; a batch takes ${BATCH_MAX_DRAFTS}`;
  }
  if (axis.kind === "steps" && axis.scale === "logarithmic" && !(axis.from > 0 && axis.to > 0))
    return "a logarithmic scale needs positive numbers";
  if (axis.kind === "steps" && axis.count === 1 && axis.from !== axis.to) return "one value cannot be two ends";
  return null;
}

/** How many workunits it makes. */
export function sweepCount(sweep: Sweep): number {
  return dimensionsOf(sweep).reduce((product, axes) => product * lengthOf(sweep.axes[axes[0] ?? ""] as SweepAxis), 1);
}

/** The combinations, one after the other: nothing is held but a counter. Call after `sweepProblems` found none. */
export function* sweepRows(sweep: Sweep): Generator<Row> {
  const dimensions = dimensionsOf(sweep);
  const lengths = dimensions.map((axes) => lengthOf(sweep.axes[axes[0] ?? ""] as SweepAxis));
  const names = Object.keys(sweep.axes);
  const total = sweepCount(sweep);
  for (let index = 0; index < total; index += 1) {
    const values = new Map<string, string | number>();
    let rest = index;
    for (let at = dimensions.length - 1; at >= 0; at -= 1) {
      const length = lengths[at] ?? 1;
      for (const axis of dimensions[at] ?? []) values.set(axis, valueAt(sweep.axes[axis] as SweepAxis, rest % length));
      rest = Math.floor(rest / length);
    }
    yield Object.fromEntries(names.map((axis) => [axis, values.get(axis) ?? ""]));
  }
}

/** Groups of axes that advance side by side, in the order of their first axis. */
function dimensionsOf({ axes, together }: Sweep): string[][] {
  const dimensions: string[][] = [];
  for (const axis of Object.keys(axes)) {
    const group = together.find((each) => each.includes(axis));
    if (group === undefined) dimensions.push([axis]);
    else if (!dimensions.some((each) => each === group)) dimensions.push(group);
  }
  return dimensions;
}

function lengthOf(axis: SweepAxis): number {
  switch (axis.kind) {
    case "list":
      return axis.values.length;
    case "range":
      // A step of 0.1 ten times is not 1: what is less than a millionth of a step short of the end counts as reaching it.
      return Math.floor((axis.to - axis.from) / axis.step + 1e-6) + 1;
    case "steps":
    case "seeds":
      return axis.count;
  }
}

function valueAt(axis: SweepAxis, index: number): string | number {
  switch (axis.kind) {
    case "list":
      return axis.values[index] ?? "";
    case "range":
      return rounded(axis.from + index * axis.step);
    case "steps": {
      const part = axis.count === 1 ? 0 : index / (axis.count - 1);
      if (part === 1) return axis.to;
      return rounded(
        axis.scale === "linear" ? axis.from + part * (axis.to - axis.from) : axis.from * (axis.to / axis.from) ** part,
      );
    }
    case "seeds":
      return axis.first + index;
  }
}

/** Twelve digits: 0.1 + 0.2 is 0.3 to whoever reads it. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
