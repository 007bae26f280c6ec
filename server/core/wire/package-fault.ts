import * as z from "zod";
import { reasonSchema } from "./reason.ts";

/** One thing that is wrong with a kernel package, so that its author knows where, what, and what to do. */
export const packageFaultSchema = z.strictObject({
  /** Path in the package. */
  file: z.string(),
  /** From 1, where the place is known. */
  line: z.int().min(1).optional(),
  column: z.int().min(1).optional(),
  /** One sentence without a full stop. */
  problem: z.string(),
  /** What the problem ends with, where that is why an output was not as it should be. */
  why: reasonSchema.optional(),
  /** What the author can do, one sentence without a full stop. */
  remedy: z.string(),
});
export type PackageFault = z.infer<typeof packageFaultSchema>;

/** Faults that a report names; a broken file has hundreds that come from the first. */
export const MOST_FAULTS = 20;

/** `kernel.json:3:7: problem (remedy)`, as compilers write it. */
export function sayFault({ file, line, column, problem, remedy }: PackageFault): string {
  const place = [file, ...(line === undefined ? [] : [line]), ...(column === undefined ? [] : [column])].join(":");
  return `${place}: ${problem} (${remedy})`;
}
