import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { publishAppVersion } from "../server/app-version/publish-app-version.ts";
import { readKernelPackage } from "../server/app-version/read-kernel-package.ts";
import { nowSeconds } from "../server/clock.ts";
import { openPool } from "../server/database/pool.ts";
import { openPrisma } from "../server/database/prisma.ts";
import { type Deps, openDeps } from "../server/deps.ts";
import { EXAMPLE_PROJECTS, type ExampleProject } from "../server/examples/example-projects.ts";
import { fillProject, submittedSoFar } from "../server/examples/fill-project.ts";
import { storeBytes } from "../server/file/store-file.ts";
import { createLogger } from "../server/logging.ts";
import { inProject, PROJECT_ROOT } from "../server/paths.ts";
import { createApp, createProject } from "../server/project/create-project.ts";
import { Refusal } from "../server/refusal.ts";
import { readSettings } from "../server/settings.ts";
import { openStorage } from "../server/storage/open-storage.ts";

/** Workunits that each example project has at the start. */
export const WORKUNITS_AT_START = 20_000;

/** Files that every workunit of a kernel gets, by the manifest's name. */
const SHARED_FILES: Partial<Record<ExampleProject["kernel"], Record<string, string>>> = {
  align: { genome: "genome/lambda_phage.fa" },
};

/**
 * Publishes the example projects through the use cases that serve everybody, and submits their first work. Done before: a few
 * milliseconds. Interrupted: goes on where it was.
 */
export async function seed(databaseUrl: string): Promise<void> {
  const settings = readSettings();
  const dataFolder = isAbsolute(settings.DATA_FOLDER) ? settings.DATA_FOLDER : join(PROJECT_ROOT, settings.DATA_FOLDER);
  const pool = openPool(databaseUrl, { maxConnections: 3, applicationName: "quorate seed" });
  const prisma = openPrisma(pool);
  try {
    const stamp = await stampOfExamples();
    const { rows } = await pool.query<{ value: string }>("select value from setting where key = 'examples_loaded'");
    if (rows[0]?.value === stamp) return;
    const storage = openStorage(settings, dataFolder);
    const deps = await openDeps({ pool, prisma, log: createLogger(settings), dataFolder }, { storage });
    for (const example of EXAMPLE_PROJECTS) await loadExample(deps, example, WORKUNITS_AT_START);
    await pool.query(
      "insert into setting (key, value) values ('examples_loaded', $1) on conflict (key) do update set value = excluded.value",
      [stamp],
    );
  } finally {
    await prisma.$disconnect();
    await pool.end();
  }
}

/** Publishes one example project and brings its work up to `workunits`. */
export async function loadExample(deps: Deps, example: ExampleProject, workunits: number): Promise<void> {
  const now = nowSeconds();
  const folder = inProject(`.build/kernels/${example.kernel}`);
  const kernel = await readKernelPackage(folder);
  const appId = await findOrCreateApp(deps, example, now);
  const appVersionId = await publishOrKeep(deps, appId, kernel, now);
  const files: Record<string, string> = {};
  for (const [name, path] of Object.entries(SHARED_FILES[example.kernel] ?? {})) {
    files[name] = await storeBytes(deps, await readFile(join(folder, path)), now);
  }
  const missing = workunits - (await submittedSoFar(deps, example.kernel));
  if (missing > 0) await fillProject(deps, { kernel: example.kernel, appVersionId, files, wanted: missing }, now);
}

async function findOrCreateApp(deps: Deps, example: ExampleProject, now: number): Promise<number> {
  const { slug, name, summary, description, organisation, kernel, title, appSummary } = example;
  const project = await deps.prisma.project.findUnique({ where: { slug }, select: { id: true } });
  const projectId =
    project?.id ?? (await createProject(deps, { slug, name, summary, description, organisation }, now)).projectId;
  const where = { projectId_name: { projectId, name: kernel } };
  const app = await deps.prisma.app.findUnique({ where, select: { id: true } });
  if (app !== null) return Number(app.id);
  // What an example leaves out has the default of the settings' schema.
  const { policy, parameters } = example.settings;
  const settings = { policy, parameters };
  const created = await createApp(
    deps,
    { projectId: Number(projectId), name: kernel, title, summary: appSummary, settings },
    now,
  );
  return created.appId;
}

async function publishOrKeep(
  deps: Deps,
  appId: number,
  kernel: Awaited<ReturnType<typeof readKernelPackage>>,
  now: number,
): Promise<number> {
  try {
    return (await publishAppVersion(deps, { appId, package: kernel }, now)).appVersionId;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "conflict") throw error;
    // Somebody works on a kernel and has not raised its version: what is published stays in use.
    deps.log.warn({ app: appId }, error.message);
    const { rows } = await deps.pool.query<{ id: number }>("select max(id) as id from app_version where app_id = $1", [
      appId,
    ]);
    return rows[0]?.id ?? 0;
  }
}

/** Changes when there is something new to load: a kernel, a project, more work. */
async function stampOfExamples(): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([WORKUNITS_AT_START, EXAMPLE_PROJECTS]));
  for (const { kernel } of EXAMPLE_PROJECTS) {
    for (const file of ["kernel.json", "kernel.wasm", "kernel.wgsl"]) {
      hash.update(await readFile(inProject(`.build/kernels/${kernel}/${file}`)));
    }
  }
  return hash.digest("hex");
}
