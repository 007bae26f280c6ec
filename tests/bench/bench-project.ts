import { randomUUID } from "node:crypto";
import { publishAppVersion } from "../../server/app-version/publish-app-version.ts";
import { readKernelPackage } from "../../server/app-version/read-kernel-package.ts";
import { submitBatch } from "../../server/batch/submit-batch.ts";
import { buildKernels } from "../../server/cli/build-kernels.ts";
import { nowSeconds } from "../../server/clock.ts";
import { openPrisma } from "../../server/database/prisma.ts";
import { type Deps, openDeps } from "../../server/deps.ts";
import { createApp, createProject } from "../../server/project/create-project.ts";
import type { BenchDatabase } from "./bench-databases.ts";

/** A project of the bench's own, made and fed through the same use cases as any other. */
export interface BenchProject {
  readonly projectId: number;
  readonly appVersionId: number;
  readonly deps: Deps;
  /** Workunits with two results each. */
  submit(count: number): Promise<{ batchId: number }>;
  /** Results made so far. */
  created(): number;
}

export const QUORUM = 2;
/** What a workunit of the bench is said to cost: a second of a machine with 1 GFLOPS. */
const FLOPS = 1e9;

export interface ProjectOptions {
  readonly dataFolder: string;
  /** The bundled kernel it publishes; volunteers that really compute get real inputs for it. */
  readonly kernel: string;
  input(index: number): Uint8Array<ArrayBuffer>;
  /** Default: a user gets one result of a workunit. */
  severalPerUser?: boolean;
}

export async function createBenchProject(database: BenchDatabase, options: ProjectOptions): Promise<BenchProject> {
  const [built] = await buildKernels({ only: options.kernel });
  if (built === undefined) throw new Error(`${options.kernel} was not built`);
  const log = { debug: ignore, info: ignore, warn: console.warn, error: console.error };
  const { pool } = database;
  const deps = await openDeps({ pool, prisma: openPrisma(pool), log, dataFolder: options.dataFolder });
  const now = nowSeconds();
  const said = { name: "Bench", summary: "Bench.", description: "Bench.", organisation: "Bench" };
  const { projectId } = await createProject(deps, { slug: `bench-${randomUUID().slice(0, 8)}`, ...said }, now);
  const settings = {
    policy: { type: "full" as const },
    parameters: { minQuorum: QUORUM, onePerUser: options.severalPerUser !== true },
  };
  const app = { projectId, name: options.kernel, title: "Bench", summary: "Bench.", settings };
  const { appId } = await createApp(deps, app, now);
  const { appVersionId } = await publishAppVersion(
    deps,
    { appId, package: await readKernelPackage(built.folder) },
    now,
  );
  let created = 0;
  let index = 0;
  return {
    projectId,
    appVersionId,
    deps,
    async submit(count) {
      const workunits = Array.from({ length: count }, () => {
        index += 1;
        return { name: `w${index}`, input: options.input(index), flops: FLOPS };
      });
      const batch = { appVersionId, name: "bench", key: randomUUID(), workunits };
      const { batchId } = await submitBatch(deps, batch, nowSeconds());
      created += count * QUORUM;
      return { batchId };
    },
    created: () => created,
  };
}

function ignore(): void {
  // What goes as it should is not worth a line of a bench.
}
