import { execFile, execFileSync, spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Block, quickstartBlocks, STEP_NAMES, type StepName } from "../../app/docs/quickstart/steps.ts";
import { API_METHODS, type ApiOperation, type OpenApiDocument } from "../../server/core/wire/open-api.ts";
import { inProject } from "../../server/paths.ts";
import { buildClient } from "../../server/start/build-client.ts";
import { type EagerVolunteers, openEagerVolunteers } from "../support/eager-volunteers.ts";
import { misfits } from "../support/fits-schema.ts";
import { type Newcomer, signUpAs } from "../support/newcomer.ts";
import { machineNode } from "../support/quorate-program.ts";
import { openSite, type Site } from "../support/site.ts";

/**
 * What the pages under /docs have typed, typed: the quickstart from beginning to end in one terminal, and every example of the
 * reference of the HTTP API. Only the site's address and the token are put in, as the pages say; what is done in a browser there
 * is done through the same calls.
 */

let site: Site;
let folder = "";
let token = "";
let newcomer: Newcomer;
let volunteers: EagerVolunteers | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-documentation-"));
  site = await openSite({ adminUrl: inject("postgresUrl"), environment: { PAGES: "off" } });
  await buildClient();
  await site.start();
  newcomer = await signUpAs(site, "newcomer@example.org");
  volunteers = openEagerVolunteers(site, { folder, names: ["ada", "emmy"] });
}, 120_000);
afterAll(async () => {
  await volunteers?.stop();
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});

/** As the page for new projects sends it. */
async function createProject(slug: string): Promise<void> {
  const words = { summary: "Collatz sequences.", description: "How long they are.", organisation: "Tests" };
  await newcomer.call("project.create", { slug, name: slug, ...words, isPublic: true });
}

/** A terminal of the machine, in which nothing of this project is installed. */
function terminal(): NodeJS.ProcessEnv {
  const elsewhere = (process.env["PATH"] ?? "").split(delimiter).filter((each) => !each.includes("node_modules"));
  const global = join(folder, "global");
  return {
    PATH: [join(global, "bin"), dirname(machineNode()), ...elsewhere].join(delimiter),
    ...{ HOME: folder, XDG_CONFIG_HOME: join(folder, "config"), LANG: "C.UTF-8" },
    ...{ NPM_CONFIG_PREFIX: global, NPM_CONFIG_AUDIT: "false", NPM_CONFIG_UPDATE_NOTIFIER: "false" },
    ...{ QUORATE_URL: site.url, QUORATE_TOKEN: token },
  };
}

/** What somebody gets who copies the source code and has run npm start once. */
async function copySource(): Promise<string> {
  const copy = join(folder, "source");
  const wanted = ["server", "worker", "package.json", "vitest.config.ts", "tsconfig.base.json"];
  for (const path of wanted) await cp(inProject(path), join(copy, path), { recursive: true });
  await mkdir(join(copy, "tests/kernels"), { recursive: true });
  await symlink(inProject("node_modules"), join(copy, "node_modules"));
  return copy;
}

/** Node runs TypeScript from this version on, as the page says: where the machine's is older, this project's does it. */
const RUNS_TYPESCRIPT = [22, 18] as const;
function needsNewerNode(): boolean {
  const [major = 0, minor = 0] = execFileSync(machineNode(), ["--version"], { encoding: "utf8" })
    .slice(1)
    .split(".")
    .map(Number);
  return major < RUNS_TYPESCRIPT[0] || (major === RUNS_TYPESCRIPT[0] && minor < RUNS_TYPESCRIPT[1]);
}

const MARK = "\u001e";

function typed(block: Block): string {
  if ("file" in block) return `cat > ${block.file} <<'END_OF_FILE'\n${block.text}\nEND_OF_FILE`;
  const isTypeScript = block.text.startsWith("node ") && needsNewerNode();
  return isTypeScript ? `PATH="${dirname(process.execPath)}:$PATH"\n${block.text}` : block.text;
}

/** Types the blocks of some steps in one terminal. @returns what each step wrote to standard output. */
async function type(steps: readonly StepName[], cwd: string): Promise<Map<string, string>> {
  const blocks = quickstartBlocks(site.url);
  const script = steps.map((step) => [`printf '${MARK}${step}\\n'`, ...blocks[step].map(typed)].join("\n")).join("\n");
  const said = await sh(script, { cwd, env: terminal() });
  const parts = said.split(MARK).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]));
}

async function sh(script: string, options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<string> {
  const { stdout } = await promisify(execFile)("sh", ["-ec", script], { ...options, maxBuffer: 2 ** 24 }).catch(
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`${error.stdout}\n${error.stderr}\n${volunteers?.output().slice(-3_000)}`);
    },
  );
  return stdout;
}

/** The longest of the Collatz sequences from `first` on, said once more without anything of the kernel. */
function longest(first: number, count: number): number {
  const stepsOf = (from: number) => {
    let steps = 0;
    for (let n = BigInt(from); n !== 1n; steps += 1) n = n % 2n === 0n ? n / 2n : 3n * n + 1n;
    return steps;
  };
  return Math.max(...Array.from({ length: count }, (_, index) => stepsOf(first + index)));
}
const LONGEST = [1, 1001, 2001].map((first) => longest(first, 1_000));

const missing = ["curl", "python3", "sha256sum"].filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);

describe("the quickstart", () => {
  it("works word for word, from an idea to confirmed results", async (context) => {
    if (missing.length > 0) context.skip(`could not run: ${missing.join(", ")} not on this machine`);
    const source = await copySource();
    const at = (step: StepName) => STEP_NAMES.indexOf(step);
    const made = await type(STEP_NAMES.slice(0, at("project")), source);
    expect(made.get("kernel")).toContain("12 passed");

    await createProject("my-project");
    const wish = { name: "terminal", scopes: ["read", "submit", "publish"], projectSlug: null, days: 1 };
    token = (await newcomer.call<{ token: string }>("token.create", wish)).token;
    expect(quickstartBlocks(site.url).token.map(({ text }) => text)).toEqual([
      `export QUORATE_URL=${site.url}\nexport QUORATE_TOKEN=qrt_...`,
    ]);
    expect(token).toMatch(/^qrt_/);

    await type(["publish"], source);
    await newcomer.call("project.publish", { slug: "my-project", publish: true });

    const said = await type(STEP_NAMES.slice(at("submit")), source);
    const work = join(source, "my-work");
    const csv = (await readFile(join(work, "results.csv"), "utf8")).trim().split("\n");
    expect(csv).toHaveLength(1 + 2);
    expect(said.get("typescript")?.trim().split("\n").slice(-3)).toEqual(
      LONGEST.map((steps, index) => `from ${1 + 1_000 * index} on: at most ${steps} steps`),
    );
    expect(said.get("python")?.trim().split("\n")).toEqual(
      LONGEST.map((steps, index) => `line ${index + 1}: at most ${steps} steps`),
    );
    expect(said.get("curl")).toContain('"completed":2');
    expect(said.get("curl")?.match(/"outputBase64"/g)).toHaveLength(2);

    const tsc = [inProject("node_modules/typescript/bin/tsc"), "--noEmit", "--strict", "--allowImportingTsExtensions"];
    const target = ["--module", "nodenext", "--target", "es2024", "--lib", "es2024,dom,dom.iterable"];
    const types = ["--types", "node", "--typeRoots", inProject("node_modules/@types")];
    const checked = spawnSync(process.execPath, [...tsc, ...target, ...types, "collatz.mts"], {
      cwd: work,
      encoding: "utf8",
    });
    expect([checked.stdout, checked.status]).toEqual(["", 0]);
  }, 180_000);
});

type Example = { operation: ApiOperation; language: "curl" | "Python" };
type World = { language: "curl" | "Python"; project: string; version: number };

describe("the reference of the HTTP API", () => {
  const tried = new Set<string>();
  let document: OpenApiDocument;
  let operations: Map<string, ApiOperation>;

  beforeAll(async () => {
    document = (await (await fetch(`${site.url}/api/openapi.json`)).json()) as OpenApiDocument;
    const all = Object.values(document.paths).flatMap((methods) =>
      API_METHODS.flatMap((method) => methods[method] ?? []),
    );
    operations = new Map(all.map((operation) => [operation.operationId, operation]));
  });

  /** Runs some examples one after the other, and holds their answers against the description. @returns the answers. */
  async function run(world: World, batch: number, ids: readonly string[]): Promise<unknown[]> {
    const examples = ids.map((id): Example => {
      const operation = operations.get(id);
      if (operation === undefined) throw new Error(`there is no operation ${id}`);
      return { operation, language: world.language };
    });
    const sources = examples.map(({ operation, language }) => sourceOf(operation, language));
    const env = { ...terminal(), PROJECT: world.project, VERSION: String(world.version), BATCH: String(batch) };
    const script =
      world.language === "curl"
        ? sources.map((source) => `${source}\nprintf '${MARK}'`).join("\n")
        : // What is printed is read here: as JSON.
          `python3 - <<'END_OF_FILE'\n${document["x-sampleSetup"].python}\nshow = print\n` +
          `print = lambda value: show(json.dumps(value))\n${sources.map((source) => `${source}\nshow("${MARK}", end="")`).join("\n")}\nEND_OF_FILE`;
    const answers = (await sh(script, { cwd: folder, env })).split(MARK).slice(0, -1);
    expect(answers).toHaveLength(ids.length);
    return answers.map((text, index) => {
      const operation = examples[index]?.operation as ApiOperation;
      tried.add(`${operation.operationId} ${world.language}`);
      return checked(operation, text);
    });
  }

  function sourceOf(operation: ApiOperation, language: string): string {
    return operation["x-codeSamples"].find(({ lang }) => lang === language)?.source ?? "";
  }

  function checked(operation: ApiOperation, text: string): unknown {
    const response = operation.responses["200"];
    if (response === undefined || "$ref" in response) throw new Error(`${operation.operationId} describes no answer`);
    const json = response.content["application/json"];
    const { schema = {} } = json ?? Object.values(response.content)[0] ?? {};
    const values = (json === undefined ? text.trim().split("\n") : [text]).map((each) => JSON.parse(each) as unknown);
    const wrong = values.flatMap((value) => misfits(value, schema, document.components.schemas));
    expect(wrong, `${operation.operationId}: ${text}`).toEqual([]);
    return json === undefined ? values : values[0];
  }

  /** A batch that nobody can compute: it wants more memory than there is. */
  async function idleBatch(version: number, key: string): Promise<number> {
    const options = { flops: 1_000_000, memoryBytes: 2 ** 50 };
    const { batchId } = await ask("POST", "/batches", { appVersionId: version, name: key, key, options });
    await ask("PUT", `/batches/${batchId}/parts/0`, { input: "first=1\ncount=1\n" });
    await ask("POST", `/batches/${batchId}/finish`, { parts: 1 });
    return batchId;
  }

  type Asked = { batchId: number; state: string; workunits: number; completed: number; failed: number };
  async function ask(method: string, path: string, body?: object): Promise<Asked> {
    const init = { method, headers: { authorization: `Bearer ${token}` } };
    const response = await fetch(
      `${site.url}/api${path}`,
      body === undefined ? init : { ...init, body: JSON.stringify(body) },
    );
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Asked;
  }

  async function ended(batchId: number): Promise<void> {
    const counts = async () => {
      const { workunits, completed, failed } = await ask("GET", `/batches/${batchId}`);
      return completed + failed === workunits;
    };
    await expect.poll(counts, { timeout: 60_000, interval: 200 }).toBe(true);
  }

  it.each(["curl", "Python"] as const)(
    "is right about every call, by %s",
    async (language) => {
      expect(missing).toEqual([]);
      const project = language === "curl" ? "my-project" : "my-other-project";
      if (language === "Python") {
        await createProject(project);
        await newcomer.call("project.publish", { slug: project, publish: true });
      }
      await writeFile(join(folder, "genome.fa"), ">one\nACGT\n");
      await writeFile(join(folder, "my-kernel.zip"), await zipOf(join(folder, "source/.build/kernels/my-kernel")));
      const nowhere: World = { language, project, version: 0 };
      const [me, published, versions] = await run(nowhere, 0, ["token_whoami", "publish", "version_list", "putFile"]);
      expect(me).toMatchObject({ scopes: ["read", "submit", "publish"] });
      expect(published).toMatchObject({ app: "my-kernel", isNew: language === "Python" });
      const world = { ...nowhere, version: (versions as { appVersionId: number }[])[0]?.appVersionId ?? 0 };

      const [, plan, sent, opened] = await run(world, 0, ["batch_choices", "batch_plan", "submit", "batch_open"]);
      expect(plan).toMatchObject({ workunits: 100, executions: expect.any(Number), nFaults: 0 });
      expect(sent).toMatchObject({ workunits: 2, isNew: true });
      const [submitted, inParts] = [(sent as Asked).batchId, (opened as Asked).batchId];
      const [part, finished] = await run(world, inParts, ["putPart", "batch_finish"]);
      expect([part, finished]).toMatchObject([{ drafts: 2 }, { workunits: 2, faults: [] }]);
      const draft = await ask("POST", "/batches", { appVersionId: world.version, name: "No", key: "no" });
      await run(world, draft.batchId, ["batch_discard"]);

      const idle = await idleBatch(world.version, "idle");
      const steered = await run(world, idle, [
        ...["batch_pause", "batch_resume", "batch_setPriority", "batch_setNotices", "batch_cancel", "batch_undoCancel"],
      ]);
      expect(steered).toMatchObject([
        ...[{ state: "paused" }, { state: "open" }, { priority: 5 }, { stopAbove: 0.1, mailsMe: true }],
        ...[{ cancelSeconds: expect.any(Number) }, { cancelSeconds: null }],
      ]);
      await ask("POST", `/batches/${idle}/cancel`);
      // Its 30 seconds are over.
      await site.pool.query("update batch_control set cancel_seconds = 1 where batch_id = $1", [idle]);
      await ended(idle);
      const [retried] = await run(world, idle, ["batch_retryFailed"]);
      expect(retried).toMatchObject({ workunits: 1 });

      await Promise.all([submitted, inParts].map(ended));
      const [list, batch, , workunits, lines, ofProject, reduced] = await run(world, submitted, [
        ...["batch_list", "batch_get", "batch_details", "batch_workunits", "results", "projectResults", "batch_reduce"],
      ]);
      expect((list as Asked[]).map(({ batchId }) => batchId)).toContain(submitted);
      expect(batch).toMatchObject({ completed: 2, failed: 0 });
      expect([workunits, lines]).toMatchObject([{ length: 2 }, { length: 2 }]);
      expect((ofProject as object[]).length).toBeGreaterThanOrEqual(4);
      expect(reduced).toMatchObject({ outputs: 2, reduced: { place: { value: Math.max(...LONGEST.slice(0, 2)) } } });
    },
    120_000,
  );

  it("was tried whole", () => {
    const all = [...operations.keys()].flatMap((id) => [`${id} curl`, `${id} Python`]);
    expect(all.length).toBeGreaterThan(40);
    expect([...tried].sort()).toEqual(all.sort());
  });

  it("shows what everybody sees without a token, and nothing else", async () => {
    const batch = await site.pool.query<{ id: number; version: number }>(
      "select id, app_version_id as version from batch where key = 'in one call' order by id limit 1",
    );
    const { id, version } = batch.rows[0] ?? { id: 0, version: 0 };
    const answers: Record<string, boolean> = {};
    const wanted: Record<string, boolean> = {};
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const method of API_METHODS) {
        const operation = methods[method];
        if (operation === undefined) continue;
        const address = path
          .replace("{slug}", "my-project")
          .replace(/\{(appVersionId|id)\}(?=\/(batches|choices))/, String(version))
          .replace(/\{(batchId|id)\}/, String(id))
          .replace("{format}", "jsonl")
          .replace("{number}", "0")
          .replace("{sha256}", "0".repeat(64));
        const body = method === "get" ? {} : { body: '{"reduction": {"kind": "max", "field": "steps"}}' };
        const { status } = await fetch(`${site.url}/api${address}`, { method: method.toUpperCase(), ...body });
        answers[operation.operationId] = status === 200;
        wanted[operation.operationId] = operation.security.some(({ token: needed }) => needed === undefined);
      }
    }
    expect(answers).toEqual(wanted);
    const seen = await fetch(`${site.url}/api/batches/${id}`);
    expect(await seen.json()).toMatchObject({ batchId: id, key: null, mailsMe: null });
  });
});

/** The built folder as a zip, as the program for the terminal makes it. */
async function zipOf(kernel: string): Promise<Uint8Array> {
  const { readLocalPackage } = await import("../../worker/client/cli/kernel-package.ts");
  return await (await readLocalPackage(kernel)).zip();
}
