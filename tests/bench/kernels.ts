import { readFile } from "node:fs/promises";
import { buildKernels } from "../../server/cli/build-kernels.ts";
import { genomeLetters, LONGEST_READ, readsFile, SHORTEST_READ } from "../../server/examples/align-reads.ts";
import { DEFAULT_SCORING, scoringLine } from "../../server/examples/align-scorings.ts";
import { inProject } from "../../server/paths.ts";
import type { Bytes } from "../../worker/compute/runtimes/runtime.ts";
import type { Capabilities, ComputeOutcome, ComputeTask } from "../../worker/protocol.ts";
import { type BrowserLab, openBrowserLab } from "../kernels/browser-lab.ts";
import { bundledKernel } from "../kernels/bundled-kernels.ts";
import { findBrowser } from "../support/find-browser.ts";
import { atlasInput, iterationsOf } from "./atlas-work.ts";
import { type CTwin, compileTwin } from "./c-twin.ts";
import { median, rounds, spread, versionOf } from "./measure.ts";
import { type Bench, CannotRun, type Part, type PartReport } from "./part.ts";
import { figure, ratio, type Table } from "./table.ts";

const ROUNDS = 5;
/** Of the WASM kernel on one core, for the size of the inputs only: cells and pixel iterations per second. */
const CELLS_PER_SECOND = 12e9;
const ITERATIONS_PER_SECOND = 80e6;
const TILE_SIDE = 128;
/** A software adapter is slower than WASM: a tile this much smaller keeps the rounds alike. */
const SOFTWARE_GPU_SHARE = 0.1;

export const kernels: Part = {
  name: "kernels",
  title: "Kernels in Chromium, one compute worker",
  run: runKernels,
};

async function runKernels(bench: Bench): Promise<PartReport> {
  const browser = findBrowser();
  if (browser === undefined) throw new CannotRun("no Chromium (install one, or name it: CHROMIUM_PATH)");
  bench.say("building kernels, opening Chromium");
  await buildKernels({ only: "align" });
  await buildKernels({ only: "atlas" });
  const lab = await openBrowserLab({ webgpu: true });
  try {
    const align = await measureAlign(bench, lab);
    const atlas = await measureAtlas(bench, lab);
    return {
      tables: [align.table, atlas.table],
      notes: [`${versionOf(browser) ?? browser}. ${align.note}`, atlas.note],
      wrong: [...align.wrong, ...atlas.wrong],
    };
  } finally {
    await lab.close();
  }
}

type Measured = { table: Table; note: string; wrong: string[] };

async function measureAlign(bench: Bench, lab: BrowserLab): Promise<Measured> {
  const genome = await readFile(inProject("worker/kernels/align/genome/lambda_phage.fa"), "utf8");
  const letters = genomeLetters(genome);
  const cellsPerRead = (SHORTEST_READ + LONGEST_READ) * letters.length;
  const reads = Math.max(8, Math.round((bench.seconds * CELLS_PER_SECOND) / cellsPerRead));
  const parameters = scoringLine(DEFAULT_SCORING);
  const records = readsFile(letters, 0, reads);
  const twin = await compileOrExplain(parameters + records, genome);
  const { kernel } = await bundledKernel("align");
  await lab.call({ type: "load", key: "align", kernel });
  const task: ComputeTask = {
    kernelKey: "align",
    backend: "wasm",
    input: new TextEncoder().encode(parameters),
    files: { genome: new TextEncoder().encode(genome), reads: new TextEncoder().encode(records) },
  };
  const cells = 2 * letters.length * readLetters(records);
  bench.say(`align: ${reads} reads on the lambda genome, ${figure(cells / 1e9)} thousand million cells per round`);
  await finish(lab, task); // the engine compiles hot code again, better
  const wrong: string[] = [];
  // Alternating, so that whatever else this machine does falls on both.
  const measured = await rounds(ROUNDS, async () => {
    const native = typeof twin === "string" ? null : twin.run();
    const wasm = await finish(lab, task);
    if (native !== null && !native.output.equals(wasm.output)) wrong.push("align: WASM and C gave different bytes");
    if (native !== null && native.cells !== cells) wrong.push(`align: C counted ${native.cells} cells, not ${cells}`);
    return { wasm: cells / wasm.seconds, native: native === null ? Number.NaN : cells / native.seconds };
  });
  if (typeof twin !== "string") await twin.remove();
  const speedRow = (name: string, values: number[]) => [
    name,
    figure(median(values) / 1e9),
    `${figure(spread(values).least / 1e9)}..${figure(spread(values).most / 1e9)}`,
    ratio(median(measured.map((one, index) => (values[index] ?? Number.NaN) / one.native))),
  ];
  const table: Table = {
    title: `align, thousand million cell updates per second (median of ${ROUNDS})`,
    head: ["", "Gcells/s", "range", "of C"],
    rows: [
      speedRow(
        "Chromium WASM",
        measured.map((one) => one.wasm),
      ),
      ...(typeof twin === "string"
        ? [["C twin", `could not run: ${twin}`]]
        : [
            speedRow(
              "C twin",
              measured.map((one) => one.native),
            ),
          ]),
    ],
  };
  const equal = typeof twin === "string" || wrong.length > 0 ? "" : ` All ${ROUNDS} outputs equal byte for byte.`;
  const compiler = typeof twin === "string" ? "" : `C twin: ${twin.compiler}.`;
  return { table, note: `${compiler}${equal}`, wrong };
}

async function compileOrExplain(input: string, genome: string): Promise<CTwin | string> {
  try {
    return await compileTwin(input, genome);
  } catch (error) {
    if (error instanceof CannotRun) return error.message;
    throw error;
  }
}

function readLetters(records: string): number {
  const lines = records.split("\n");
  return lines.reduce((sum, line) => sum + (line.startsWith(">") ? 0 : line.length), 0);
}

async function measureAtlas(bench: Bench, lab: BrowserLab): Promise<Measured> {
  const { kernel } = await bundledKernel("atlas");
  await lab.call({ type: "load", key: "atlas", kernel });
  const capabilities = await lab.call<Capabilities>({ type: "capabilities" });
  const task = (backend: ComputeTask["backend"], share: number): ComputeTask => ({
    kernelKey: "atlas",
    backend,
    input: atlasInput(bench.seconds * ITERATIONS_PER_SECOND * share, TILE_SIDE),
    files: {},
  });
  const perSecond = async (one: ComputeTask) => {
    const { output, seconds } = await finish(lab, one);
    return { output, speed: iterationsOf(output) / seconds };
  };
  bench.say("atlas: WASM");
  await perSecond(task("wasm", 0.2));
  const wasm = (await rounds(ROUNDS, () => perSecond(task("wasm", 1)))).map((one) => one.speed);
  const row = (name: string, values: readonly number[]) => [
    name,
    figure(median(values) / 1e6),
    ratio(median(values) / median(wasm)),
  ];
  const rows = [row("Chromium WASM", wasm)];
  const wrong: string[] = [];
  if (capabilities.gpu === null) rows.push(["Chromium WGSL", `could not run: ${capabilities.gpuReason}`]);
  else {
    bench.say("atlas: WGSL");
    const small = task("wgsl", SOFTWARE_GPU_SHARE);
    const expected = (await perSecond({ ...small, backend: "wasm" })).output;
    await perSecond(small);
    const gpu = await rounds(ROUNDS, () => perSecond(small));
    if (gpu.some((one) => !Buffer.from(one.output).equals(expected))) wrong.push("atlas: WGSL and WASM differ");
    rows.push(
      row(
        "Chromium WGSL",
        gpu.map((one) => one.speed),
      ),
    );
  }
  return {
    table: {
      title: `atlas, million pixel iterations per second (median of ${ROUNDS})`,
      head: ["", "M/s", "of WASM"],
      rows,
    },
    note: capabilities.gpu === null ? "" : aboutAdapter(capabilities.gpu),
    wrong,
  };
}

function aboutAdapter({ vendor, architecture, fallback }: NonNullable<Capabilities["gpu"]>): string {
  const software = "software on the CPU: its figure means nothing as GPU speed. Its output was compared all the same.";
  return `WGSL ran on ${vendor} ${architecture}${fallback ? `, ${software}` : "."}`;
}

/** Computes one workunit in the browser's compute worker; seconds from its first step to its last, by its own clock. */
async function finish(lab: BrowserLab, task: ComputeTask): Promise<{ output: Bytes; seconds: number }> {
  const { outcome } = await lab.call<{ outcome: ComputeOutcome }>({ type: "run", task });
  if (outcome.type !== "finished") throw new Error(`a run in the browser was ${outcome.type}`);
  const { firstStepAtMs, lastStepEndAtMs } = outcome.timing;
  return { output: outcome.output, seconds: (lastStepEndAtMs - firstStepAtMs) / 1000 };
}
