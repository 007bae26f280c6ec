import type { Harm } from "../../../server/core/submission/choose-policy.ts";
import type { BatchOptions } from "../../../server/core/submission/draft.ts";
import { ASSUMED_FLOPS_PER_SECOND } from "../../../server/core/submission/estimate.ts";
import type { Source } from "../../../server/core/submission/read-source.ts";
import type { Sweep, SweepAxis } from "../../../server/core/submission/sweep.ts";
import type { RowMapping } from "../../../server/core/submission/to-draft.ts";
import type { Policy } from "../../../server/core/wire/app-settings.ts";

/** A submission as it is typed: numbers are text until they are sent. */

export const SOURCE_KINDS = ["sweep", "csv", "jsonl", "fasta", "fastq", "files"] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

export const AXIS_KINDS = ["list", "range", "steps", "seeds"] as const;

export type AxisForm = {
  id: number;
  name: string;
  kind: (typeof AXIS_KINDS)[number];
  values: string;
  from: string;
  to: string;
  step: string;
  count: string;
  first: string;
  logarithmic: boolean;
};

export type PolicyType = Policy["type"];

/** Redundancy as an expert states it, in place of the answer to the question. */
export type ExpertForm = { type: PolicyType; quorum: string; level: string; percent: string; diverse: boolean };

export type SubmitForm = {
  name: string;
  kind: SourceKind;
  text: string;
  mapping: "key_values" | "column" | "template" | "json";
  column: string;
  template: string;
  perWorkunit: string;
  head: string;
  axes: AxisForm[];
  /** Axes side by side, not every combination. */
  together: boolean;
  seconds: string;
  harm: Harm;
  expert: ExpertForm | null;
  days: string;
  priority: string;
  files: Record<string, string>;
  onBad: "refuse" | "skip";
  stopPercent: string;
  notifyMail: boolean;
};

export function newAxis(id: number, name = ""): AxisForm {
  return {
    id,
    name,
    kind: "range",
    values: "",
    from: "1",
    to: "10",
    step: "1",
    count: "10",
    first: "1",
    logarithmic: false,
  };
}

export function newForm(keys: readonly string[]): SubmitForm {
  return {
    name: "",
    kind: "sweep",
    text: "",
    mapping: "key_values",
    column: "",
    template: "",
    perWorkunit: "100",
    head: "",
    axes: (keys.length > 0 ? keys : [""]).map((key, index) => newAxis(index, key)),
    together: false,
    seconds: "60",
    harm: "serious",
    expert: null,
    days: "",
    priority: "0",
    files: {},
    onBad: "refuse",
    stopPercent: "50",
    notifyMail: false,
  };
}

export function sweepOf({ axes, together }: Pick<SubmitForm, "axes" | "together">): Sweep {
  const names = axes.map((axis) => axis.name.trim());
  return {
    axes: Object.fromEntries(axes.map((axis, index) => [names[index] ?? "", axisOf(axis)])),
    together: together && names.length > 1 ? [names] : [],
  };
}

function axisOf(axis: AxisForm): SweepAxis {
  switch (axis.kind) {
    case "list":
      return { kind: "list", values: listOf(axis.values) };
    case "range":
      return { kind: "range", from: Number(axis.from), to: Number(axis.to), step: Number(axis.step) };
    case "steps": {
      const scale = axis.logarithmic ? "logarithmic" : "linear";
      return { kind: "steps", from: Number(axis.from), to: Number(axis.to), count: Number(axis.count), scale };
    }
    case "seeds":
      return { kind: "seeds", count: Number(axis.count), first: Number(axis.first) };
  }
}

/** Values separated by commas or lines. They stay as they were typed: 0.10 is not 0.1 to every program. */
function listOf(text: string): string[] {
  return text
    .split(/[\n,;]/)
    .map((value) => value.trim())
    .filter((value) => value !== "");
}

function mappingOf({ mapping, column, template }: SubmitForm): RowMapping {
  const input =
    mapping === "column"
      ? { kind: mapping, column: column.trim() }
      : mapping === "template"
        ? { kind: mapping, template }
        : { kind: mapping };
  return { input, tagColumns: [] };
}

/** What becomes workunits; null: files, which need no reading. */
export function sourceOf(form: SubmitForm): Source | null {
  switch (form.kind) {
    case "files":
      return null;
    case "sweep":
      return { format: "sweep", sweep: sweepOf(form), mapping: mappingOf(form) };
    case "fasta":
    case "fastq":
      return { format: form.kind, perWorkunit: Number(form.perWorkunit), head: headOf(form.head) };
    case "csv":
    case "jsonl":
      return { format: form.kind, mapping: mappingOf(form) };
  }
}

/** What was typed ends its last line. */
function headOf(head: string): string {
  return head === "" || head.endsWith("\n") ? head : `${head}\n`;
}

/** Policy and quorum of an expert's own. */
export function policyOf({ type, quorum, level, percent }: ExpertForm): { policy: Policy; minQuorum: number } {
  const [asked, most, share] = [Number(quorum), Number(level), Number(percent) / 100];
  switch (type) {
    case "full":
    case "verified":
      return { policy: { type }, minQuorum: asked };
    case "consensus":
      return { policy: { type, rule: { kind: "k_of_n", k: asked } }, minQuorum: asked };
    case "adaptive":
      return { policy: { type, level: most }, minQuorum: asked };
    case "partial":
      return { policy: { type, level: most, select: { by: "rate", rate: share } }, minQuorum: asked };
    case "hybrid":
      return { policy: { type, level: most, sampleRate: share }, minQuorum: asked };
  }
}

const DAY_SECONDS = 86_400;

/** What holds for all workunits, without the policy that is chosen for an answer to the question. */
export function optionsOf(form: SubmitForm): BatchOptions {
  const own = form.expert === null ? null : policyOf(form.expert);
  return {
    files: form.files,
    tags: {},
    flops: Number(form.seconds) * ASSUMED_FLOPS_PER_SECOND,
    memoryBytes: 0,
    priority: Number(form.priority),
    parameters: {
      ...(form.days === "" ? {} : { delayBoundSeconds: Math.round(Number(form.days) * DAY_SECONDS) }),
      ...(own === null ? {} : { minQuorum: own.minQuorum }),
      ...(form.expert?.diverse === true ? { homogeneity: "diverse" as const } : {}),
    },
    ...(own === null ? {} : { policy: own.policy }),
  };
}
