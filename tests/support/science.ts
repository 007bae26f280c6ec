import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { KernelPackage } from "../../server/app-version/publish-app-version.ts";
import { publishAppVersion } from "../../server/app-version/publish-app-version.ts";
import { readKernelPackage } from "../../server/app-version/read-kernel-package.ts";
import { submitBatch, type WorkunitInput } from "../../server/batch/submit-batch.ts";
import { nowSeconds } from "../../server/clock.ts";
import type { Deps } from "../../server/deps.ts";
import { genomeLetters, readsFile } from "../../server/examples/align-reads.ts";
import { DEFAULT_SCORING, scoringLine } from "../../server/examples/align-scorings.ts";
import { EXAMPLE_PROJECTS } from "../../server/examples/example-projects.ts";
import { storeBytes } from "../../server/file/store-file.ts";
import { inProject } from "../../server/paths.ts";
import { type AppInput, createApp, createProject } from "../../server/project/create-project.ts";

/** Real science for tests: bundled kernels and others published, and small batches submitted, through the use cases. */

export type PublishedApp = { slug: string; projectId: number; appId: number; appVersionId: number; hash: string };

export type Settings = NonNullable<AppInput["settings"]>;

/** What a result of these workunits is worth: half a cobblestone, so that pages with two decimals show it. */
export const FLOPS = 216e9;
export const CREDIT_MICRO = 500_000;

export type BundledKernel = "align" | "atlas" | "ising" | "cluster";

/** Publishes a bundled kernel as its example project, with no work; `settings` overrides how results are confirmed. */
export function publishExample(deps: Deps, kernel: BundledKernel, settings?: Settings): Promise<PublishedApp> {
  const example = EXAMPLE_PROJECTS.find((each) => each.kernel === kernel);
  if (example === undefined) throw new Error(`no example project for ${kernel}`);
  return publishBundled(deps, kernel, example.slug, settings, example);
}

type Words = { name: string; summary: string; description: string; organisation: string };

/** Publishes a bundled kernel in a project of any slug. */
export async function publishBundled(
  deps: Deps,
  kernel: BundledKernel,
  slug: string,
  settings: Settings = {},
  { name, summary, description, organisation }: Words = wordsOf(slug),
): Promise<PublishedApp> {
  const words = { name, summary, description, organisation };
  const app = { slug, words, settings, package: await readKernelPackage(inProject(`.build/kernels/${kernel}`)) };
  return publish(deps, kernel, app);
}

/** Publishes a package of the test's own in a project of its own, named as the manifest says. */
export function publishPackage(
  deps: Deps,
  kernel: KernelPackage & { manifest: { name: string } },
  settings: Settings = {},
): Promise<PublishedApp> {
  const { name } = kernel.manifest;
  return publish(deps, name, { slug: name, words: wordsOf(name), settings, package: kernel });
}

function wordsOf(name: string): Words {
  return { name, summary: `Test of ${name}.`, description: `Test of ${name}.`, organisation: "Tests" };
}

type NewApp = { slug: string; words: Words; settings: Settings; package: KernelPackage };

async function publish(
  deps: Deps,
  name: string,
  { slug, words, settings, package: kernel }: NewApp,
): Promise<PublishedApp> {
  const { projectId } = await createProject(deps, { slug, ...words }, nowSeconds());
  const app = { projectId, name, title: words.name, summary: words.summary, settings };
  const { appId } = await createApp(deps, app, nowSeconds());
  const { appVersionId, hash } = await publishAppVersion(deps, { appId, package: kernel }, nowSeconds());
  return { slug, projectId, appId, appVersionId, hash };
}

/** Submits a batch; the workunits' ids in order. */
export async function submit(
  deps: Deps,
  app: PublishedApp,
  name: string,
  workunits: WorkunitInput[],
): Promise<number[]> {
  const batch = { appVersionId: app.appVersionId, name, key: name, workunits };
  return (await submitBatch(deps, batch, nowSeconds())).workunitIds;
}

const bytes = (text: string) => new TextEncoder().encode(text);

/** Q8.120 as 32 hexadecimal digits. */
function fixedPoint(value: bigint): string {
  return BigInt.asUintN(128, value).toString(16).padStart(32, "0");
}

const ONE = 1n << 120n;

export type Tiles = { level?: number; grid: number; side: number; maxIterations: number };

/** The whole Mandelbrot set as `grid` x `grid` tiles, with the tags that the project page draws its map by. */
export function atlasTiles({ level = 0, grid, side, maxIterations }: Tiles): WorkunitInput[] {
  const step = (3n * ONE) / BigInt(grid * side);
  const [left, top] = [(-9n * ONE) / 4n, (3n * ONE) / 2n];
  return Array.from({ length: grid * grid }, (_, index) => {
    const [row, column] = [Math.floor(index / grid), index % grid];
    const x = left + BigInt(column * side) * step;
    const y = top - BigInt(row * side) * step;
    return {
      name: `level ${level}, column ${column}, row ${row}`,
      input: bytes(tileInput({ x, y, step, side, maxIterations })),
      flops: FLOPS,
      tags: { level, column, row, grid, tiles: grid * grid, side, max_iterations: maxIterations },
    };
  });
}

function tileInput(tile: { x: bigint; y: bigint; step: bigint; side: number; maxIterations: number }): string {
  const { x, y, step, side, maxIterations } = tile;
  return [
    `left=${fixedPoint(x)}`,
    `top=${fixedPoint(y)}`,
    `step=${fixedPoint(step)}`,
    `width=${side}`,
    `height=${side}`,
    `max_iterations=${maxIterations}\n`,
  ].join("\n");
}

/** Pixel iterations per second of the WASM kernel on one core, roughly: what the sizes of steady tiles are made of. */
const ITERATIONS_PER_SECOND = 9e7;
const STEADY_SIDE = 64;

/**
 * Tiles that lie wholly inside the set: each takes about `seconds` of one idle core, and its answer is known without
 * computing it (`steadyOutput`). They differ in their maximum of iterations, so that no two have the same answer.
 */
export function steadyTiles(count: number, seconds: number): WorkunitInput[] {
  return Array.from({ length: count }, (_, number) => ({
    name: `steady ${number}`,
    input: bytes(
      tileInput({
        x: -ONE / 8n,
        y: ONE / 16n,
        step: ONE >> 12n,
        side: STEADY_SIDE,
        maxIterations: steadyIterations(number, seconds),
      }),
    ),
    flops: FLOPS,
  }));
}

export function steadyIterations(number: number, seconds: number): number {
  return Math.round((ITERATIONS_PER_SECOND * seconds) / STEADY_SIDE ** 2) + number;
}

/** What `steadyTiles(..., seconds)[number]` must give: no point of it ever escapes. */
export function steadyOutput(number: number, seconds: number): Buffer {
  const output = Buffer.alloc(STEADY_SIDE ** 2 * 4);
  for (let at = 0; at < output.length; at += 4) output.writeUInt32LE(steadyIterations(number, seconds), at);
  return output;
}

/** The first `length` letters of the phage's genome, as a FASTA file: positions in it are positions in the genome. */
export async function genomePiece(length: number): Promise<{ letters: string; fasta: string }> {
  const fasta = await readFile(join(inProject(".build/kernels/align"), "genome/lambda_phage.fa"), "utf8");
  const letters = genomeLetters(fasta).slice(0, length);
  return { letters, fasta: `>NC_001416.1 first ${length} letters\n${letters}\n` };
}

/** Workunits of `reads` simulated reads each, in their input, against a piece of the genome, which is stored. */
export async function alignReads(
  deps: Deps,
  { count, reads, genome }: { count: number; reads: number; genome: { letters: string; fasta: string } },
): Promise<WorkunitInput[]> {
  const files = {
    genome: await storeBytes(deps, bytes(genome.fasta), nowSeconds()),
    reads: await storeBytes(deps, new Uint8Array(), nowSeconds()),
  };
  return Array.from({ length: count }, (_, number) => ({
    name: `reads ${number}`,
    input: bytes(scoringLine(DEFAULT_SCORING) + readsFile(genome.letters, number, reads)),
    files,
    flops: FLOPS,
  }));
}

/** The input of a workunit as text, for an oracle. */
export function inputText({ input }: WorkunitInput): string {
  return new TextDecoder().decode(input);
}
