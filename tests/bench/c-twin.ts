import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inProject } from "../../server/paths.ts";
import { versionOf } from "./measure.ts";
import { CannotRun } from "./part.ts";

/** align in C (tests/bench/align.c), compiled now by this machine's compiler with -O3. */
export interface CTwin {
  /** The compiler's first line about itself. */
  readonly compiler: string;
  run(): { output: Buffer; cells: number; seconds: number };
  remove(): Promise<void>;
}

const FLAGS = ["-O3"];

/** @throws {CannotRun} without a C compiler. */
export async function compileTwin(input: string, genome: string): Promise<CTwin> {
  const candidates = [process.env["CC"] ?? "", "cc", "gcc", "clang"].filter((name) => name !== "");
  const compiler = candidates.find((name) => versionOf(name) !== undefined);
  if (compiler === undefined) throw new CannotRun(`no C compiler (tried ${candidates.join(", ")})`);
  const folder = await mkdtemp(join(tmpdir(), "quorate-bench-"));
  const program = join(folder, "align");
  const compiled = spawnSync(compiler, [...FLAGS, "-o", program, inProject("tests/bench/align.c")], {
    encoding: "utf8",
  });
  if (compiled.status !== 0) {
    await rm(folder, { recursive: true, force: true });
    throw new CannotRun(`${compiler} does not compile tests/bench/align.c: ${compiled.stderr.split("\n")[0]}`);
  }
  const paths = [join(folder, "input"), join(folder, "genome.fa")] as const;
  await writeFile(paths[0], input);
  await writeFile(paths[1], genome);
  return {
    compiler: `${versionOf(compiler)}, ${FLAGS.join(" ")}`,
    run() {
      const done = spawnSync(program, paths, { maxBuffer: 2 ** 28 });
      const said = /cells=(\d+) seconds=([\d.]+)/.exec(done.stderr.toString());
      if (done.status !== 0 || said === null) throw new Error(`the C twin failed: ${done.stderr.toString()}`);
      return { output: done.stdout, cells: Number(said[1]), seconds: Number(said[2]) };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
