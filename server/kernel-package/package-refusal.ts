import { type PackageFault, sayFault } from "../core/wire/package-fault.ts";
import { Refusal } from "../refusal.ts";

/** Faults named in the sentence; all of them are in `faults`. */
const NAMED = 5;

/** A kernel package that cannot be accepted, with everything that is wrong with it. */
export class PackageRefusal extends Refusal {
  readonly faults: readonly PackageFault[];

  constructor(faults: readonly PackageFault[], options: { cause?: unknown } = {}) {
    const more = faults.length > NAMED ? ` (and ${faults.length - NAMED} more)` : "";
    super(
      "bad_request",
      `The package cannot be accepted: ${faults.slice(0, NAMED).map(sayFault).join("; ")}${more}.`,
      options,
    );
    this.faults = faults;
  }
}
