import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Scope, Viewer } from "../../server/account/viewer.ts";
import { buildKernelFolder } from "../../server/cli/build-kernels.ts";
import { nowSeconds } from "../../server/clock.ts";
import { inProject } from "../../server/paths.ts";
import { createProject } from "../../server/project/create-project.ts";
import { buildClient } from "../../server/start/build-client.ts";
import { createToken } from "../../server/token/manage-tokens.ts";
import { createClient } from "../../worker/client/client.ts";
import { isMersennePrime, lucasLehmerRes64 } from "../oracles/lucas-lehmer.ts";
import { accountViewer } from "../support/account-viewer.ts";
import { type EagerVolunteers, openEagerVolunteers } from "../support/eager-volunteers.ts";
import { installProgram, type Program } from "../support/quorate-program.ts";
import { openSite, type Site } from "../support/site.ts";

/**
 * A scientist who never opens a page: the program that the site serves, installed with the machine's Node, publishes a kernel that
 * nothing here knows of, sends work through a pipe, and gets confirmed results back in order.
 */

const EXPONENTS = [3, 5, 7, 9, 11, 13, 17, 19, 23, 31, 33, 61, 67, 89, 107, 127, 257, 521, 607, 1_277];

let site: Site;
let folder = "";
let kernel = "";
let program: Program;
let volunteers: EagerVolunteers | undefined;
let viewer: Viewer;
let token = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-programs-"));
  site = await openSite({ adminUrl: inject("postgresUrl"), environment: { PAGES: "off" } });
  kernel = (await buildKernelFolder(inProject("tests/published/mersenne"), join(folder, "mersenne"))).folder;
  await buildClient();
  await makeProjects();
  token = await tokenFor(["read", "submit", "publish"]);
  await site.start();
  const served = await fetch(`${site.url}/download/quorate.tgz`);
  program = await installProgram(join(folder, "scientist"), new Uint8Array(await served.arrayBuffer()));
}, 120_000);
afterAll(async () => {
  await volunteers?.stop();
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});

async function makeProjects(): Promise<void> {
  const { rows } = await site.pool.query<{ id: number }>(
    "insert into app_user (name, is_anonymous, created_seconds) values ('Ada', false, 1) returning id",
  );
  const userId = rows[0]?.id ?? 0;
  viewer = accountViewer(userId, { name: "Ada" });
  for (const [slug, role] of [
    ["primes", "owner"],
    ["other", "submitter"],
  ] as const) {
    const about = { summary: "Primes.", description: "Primes of the form 2^p - 1.", organisation: "Tests" };
    const { projectId } = await createProject(site.deps, { slug, name: slug, ...about }, nowSeconds());
    await site.pool.query(
      "insert into project_member (project_id, user_id, role, since_seconds) values ($1, $2, $3, 1)",
      [projectId, userId, role],
    );
  }
}

async function tokenFor(scopes: Scope[], projectSlug: string | null = null): Promise<string> {
  const wish = { name: scopes.join(" "), scopes, projectSlug, days: 1 };
  return (await createToken(site.deps, viewer, wish, nowSeconds())).token;
}

const linesOf = (out: string) =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as never);
const inputOf = (exponents: readonly number[]) =>
  exponents.map((exponent) => `${JSON.stringify({ exponent })}\n`).join("");

type Described = {
  openapi: string;
  servers: object[];
  paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: object }> } }>>;
};
type Line = {
  index: number | null;
  state: string;
  output: { header: { exponent: number; is_prime: number; residue_low: number; residue_high: number } };
  provenance: { confirmations: number; kernelSha256: string };
};
const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, "0");
const found = ({ output: { header } }: Line) => ({
  p: header.exponent,
  isPrime: header.is_prime === 1,
  residue: hex(header.residue_high) + hex(header.residue_low),
});
const known = (p: number) => ({ p, isPrime: isMersennePrime(p), residue: lucasLehmerRes64(p) });

describe("quorate", () => {
  it("says how it is used, and exits with 2 when it was not", async () => {
    expect(await program.run(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("submit") });
    for (const wrong of [["nonsense"], ["results", "no-number"], ["publish", kernel]]) {
      expect(await program.run(wrong), wrong.join(" ")).toMatchObject({ code: 2, out: "" });
    }
    const lost = await program.run(["whoami", "--json"]);
    expect(lost.code).toBe(2);
    expect(JSON.parse(lost.err)).toMatchObject({ error: { code: "usage" } });
  });

  it("keeps a token that is good where nobody else may read it, and no other", async () => {
    const wrong = `qrt_${"0".repeat(72)}\n`;
    const refused = await program.run(["login", site.url], { input: wrong });
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("Sign in, or send a personal token.") });
    const path = join(program.folder, "config/quorate/login.json");
    await expect(stat(path)).rejects.toThrow("ENOENT");
    expect(await program.run(["login", site.url], { input: `${token}\n` })).toMatchObject({ code: 0 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const me = await program.run(["whoami", "--json"]);
    expect(JSON.parse(me.out)).toEqual({
      userId: viewer.userId,
      name: "Ada",
      scopes: ["read", "submit", "publish"],
      project: null,
    });
    // A stored token is never shown to another site.
    const elsewhere = await program.run(["--url", "http://127.0.0.1:9", "whoami", "--json"]);
    expect(JSON.parse(elsewhere.err)).toMatchObject({ error: { code: "unreachable" } });
  });

  it("publishes a signed kernel, once", async () => {
    expect(await program.run(["keygen", "my.key"])).toMatchObject({ code: 0 });
    expect((await stat(join(program.folder, "my.key"))).mode & 0o777).toBe(0o600);
    expect(await program.run(["keygen", "my.key"])).toMatchObject({ code: 1 });
    const signed = await program.run(["sign", kernel, "--key", "my.key", "--json"]);
    const { hash, publicKey } = JSON.parse(signed.out) as { hash: string; publicKey: string };
    const published = await program.run(["publish", kernel, "--project", "primes", "--json"]);
    expect(published.code, published.err).toBe(0);
    expect(JSON.parse(published.out)).toMatchObject({ app: "mersenne", version: "1.0.0", hash, isNew: true });
    const { rows } = await site.pool.query("select hash, signer_key, published_by from app_version");
    expect(rows).toEqual([{ hash, signer_key: publicKey, published_by: viewer.userId }]);
    const again = await program.run(["publish", kernel, "--project", "primes", "--no-prove", "--json"]);
    expect(JSON.parse(again.out)).toMatchObject({ hash, isNew: false });
  });

  it("refuses an unsound kernel before anything is sent, naming file, line and remedy", async () => {
    const manifest = JSON.parse(await readFile(join(kernel, "kernel.json"), "utf8")) as { examples: unknown[] };
    const broken = join(folder, "broken");
    execFileSync("cp", ["-r", kernel, broken]);
    await writeFile(join(broken, "kernel.json"), JSON.stringify({ ...manifest, licence: 3 }, null, 2));
    const checked = await program.run(["check", broken, "--json"]);
    expect(checked.code).toBe(1);
    const { error } = JSON.parse(checked.err) as { error: { faults: { file: string; line: number }[] } };
    expect(error.faults[0]).toMatchObject({
      file: "kernel.json",
      line: expect.any(Number),
      remedy: expect.any(String),
    });
    await writeFile(join(broken, "kernel.json"), JSON.stringify({ ...manifest, version: "1.0.1" }));
    await writeFile(join(broken, "examples/p31.bin"), new Uint8Array(16));
    const disproven = await program.run(["publish", broken, "--project", "primes"]);
    expect(disproven).toMatchObject({ code: 1, err: expect.stringContaining("p31") });
    // Nor does the site believe what it was told.
    const believed = await program.run(["publish", broken, "--project", "primes", "--no-prove", "--json"]);
    expect(believed.code).toBe(1);
    expect(JSON.parse(believed.err)).toMatchObject({
      error: { code: "bad_request", faults: [{ file: expect.any(String) }] },
    });
  });

  it("sends nothing when a line is bad, and only the good ones when asked to", async () => {
    const input = `${inputOf([3, 5])}{"exponent": "many"}\n`;
    const refused = await program.run(["submit", "primes/mersenne", "--key", "bad", "--json"], { input });
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.err)).toMatchObject({
      error: { code: "bad_request", message: expect.stringContaining("line 3") },
    });
    const { rows } = await site.pool.query("select count(*)::int as n from batch");
    expect(rows).toEqual([{ n: 0 }]);
    const some = await program.run(["submit", "primes/mersenne", "--key", "bad", "--skip-bad", "--json"], { input });
    expect(JSON.parse(some.out)).toMatchObject({ workunits: 2, faults: [{ line: 3 }] });
    const { batchId } = JSON.parse(some.out) as { batchId: number };
    expect(await program.run(["cancel", String(batchId)])).toMatchObject({ code: 0 });
    expect(await program.run(["undo-cancel", String(batchId)])).toMatchObject({ code: 0 });
    expect(await program.run(["retry", String(batchId)])).toMatchObject({ code: 1 });
    expect(await program.run(["pause", String(batchId)])).toMatchObject({ code: 0 });
    expect(await program.run(["resume", String(batchId)])).toMatchObject({ code: 0 });
    expect(await program.run(["priority", String(batchId), "-5"])).toMatchObject({ code: 0 });
    expect(await program.run(["notices", String(batchId), "--no-mail"])).toMatchObject({ code: 0 });
    expect(await program.run(["cancel", String(batchId)])).toMatchObject({ code: 0 });
    // Its 30 seconds are over.
    await site.pool.query("update batch_control set cancel_seconds = 1 where batch_id = $1", [batchId]);
    const watched = await program.run(["watch", String(batchId), "--json"]);
    expect(watched.code).toBe(1);
    expect(linesOf(watched.out).at(-1)).toMatchObject({ state: "cancelled", completed: 0, failed: 2 });
    expect(JSON.parse(watched.err)).toMatchObject({ error: { code: "failed", message: "the batch was cancelled" } });
    const retried = await program.run(["retry", String(batchId), "--json"]);
    expect(JSON.parse(retried.out)).toMatchObject({ workunits: 2 });
  });

  it("computes what comes through a pipe: JSON lines in, confirmed JSON lines out, in order", async () => {
    volunteers = openEagerVolunteers(site, { folder, names: ["ada", "emmy"] });
    const send = ["submit", "primes/mersenne", "--key", "exponents", "--name", "Exponents", "--harm", "serious"];
    const ran = await program.run([...send, "--follow"], { input: inputOf(EXPONENTS) });
    expect(ran.code, `${ran.err}\n${volunteers.output()}`).toBe(0);
    const lines = linesOf(ran.out) as Line[];
    expect(lines.map(found)).toEqual(EXPONENTS.map(known));
    expect(lines.every((line) => line.provenance.confirmations >= 2)).toBe(true);
    const again = await program.run([...send, "--json"], { input: inputOf(EXPONENTS) });
    const { batchId } = JSON.parse(again.out) as { batchId: number };
    expect(JSON.parse(again.out)).toMatchObject({ isNew: false, workunits: EXPONENTS.length });
    const watched = await program.run(["watch", String(batchId)]);
    expect(watched).toMatchObject({ code: 0, err: expect.stringContaining("100 % 20 of 20") });
    await program.run(["results", String(batchId), "--format", "csv", "--output", "all.csv"]);
    const csv = await readFile(join(program.folder, "all.csv"), "utf8");
    expect(csv.trim().split("\n")).toHaveLength(1 + EXPONENTS.length);
    const tenth = (linesOf((await program.run(["results", String(batchId)])).out) as { workunit: number }[])[9]
      ?.workunit;
    const rest = await program.run(["results", String(batchId), "--after", String(tenth)]);
    expect(linesOf(rest.out)).toHaveLength(10);
    // The number alone goes on in a pipe, and what follows a batch that has ended ends too.
    const number = await program.run([...send, "--quiet"], { input: inputOf(EXPONENTS) });
    expect(number.out).toBe(`${batchId}\n`);
    const followed = await program.run(["results", number.out.trim(), "--follow"]);
    expect((linesOf(followed.out) as Line[]).map(found)).toEqual(EXPONENTS.map(known));
    const completed = ["results", String(batchId), "--order", "completed"];
    const came = linesOf((await program.run(completed)).out) as { workunit: number; cursor: string }[];
    const since = await program.run([...completed, "--cursor", came[14]?.cursor ?? ""]);
    expect(linesOf(since.out)).toEqual(came.slice(15));
    expect(await program.run(["results", String(batchId), "--cursor", "1-1"])).toMatchObject({ code: 2 });
    // A download that broke off is gone on with; a file of something else stays as it is.
    const path = join(program.folder, "all.csv");
    const go = () => program.run(["results", String(batchId), "--format", "csv", "--output", "all.csv", "--continue"]);
    for (const bytes of [csv.length - 1_000, csv.length, 0]) {
      await truncate(path, bytes);
      expect(await go()).toMatchObject({ code: 0 });
      expect(await readFile(path, "utf8")).toBe(csv);
    }
    for (const other of [`${csv}x`, "no such beginning"]) {
      await writeFile(path, other);
      expect(await go()).toMatchObject({ code: 1, err: expect.stringContaining("all.csv") });
      expect(await readFile(path, "utf8")).toBe(other);
    }
  }, 120_000);

  it("gives an interrupted program of its own the same batch, in order or as results come", async () => {
    const client = createClient({ url: site.url, token });
    const exponents = EXPONENTS.slice(0, 6).map((exponent) => ({ exponent }));
    const seen: number[] = [];
    for await (const ended of client.map("primes/mersenne", exponents, { key: "mapped", everyMs: 200 })) {
      if (ended.state === "completed") seen.push(ended.index ?? -1);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([0, 1]);
    const all: (Line & { index: number })[] = [];
    const wishes = { key: "mapped", order: "completed", everyMs: 200 } as const;
    for await (const ended of client.map("primes/mersenne", exponents, wishes)) all.push(ended as never);
    expect(all.map((line) => line.index).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const line of all) expect(found(line)).toEqual(known(EXPONENTS[line.index] ?? 0));
    const { rows } = await site.pool.query("select count(*)::int as n from batch where key = 'mapped'");
    expect(rows).toEqual([{ n: 1 }]);
  }, 120_000);

  it("is told clearly what a token may not do", async () => {
    const onlyRead = await tokenFor(["read"]);
    const elsewhere = await tokenFor(["read", "submit", "publish"], "other");
    const unknown = `qrt_${"1".repeat(72)}`;
    const as = (other: string) => createClient({ url: site.url, token: other });
    const submit = (other: string) => as(other).submit("primes/mersenne", [{ exponent: 3 }]);
    const publish = (other: string, project: string) => as(other).publish(project, new Uint8Array(10));
    const refused = (message: string, code = "forbidden") => ({ code, message: expect.stringContaining(message) });
    await expect(submit(onlyRead)).rejects.toMatchObject(refused('lacks the scope "submit"'));
    await expect(submit(elsewhere)).rejects.toMatchObject(refused("Only members"));
    await expect(submit(unknown)).rejects.toMatchObject(refused("", "unauthenticated"));
    await expect(publish(onlyRead, "primes")).rejects.toMatchObject(refused('lacks the scope "publish"'));
    await expect(publish(elsewhere, "primes")).rejects.toMatchObject(refused("Only owners and admins"));
    await expect(publish(unknown, "primes")).rejects.toMatchObject(refused("", "unauthenticated"));
    await expect(publish(token, "other")).rejects.toMatchObject(refused("Only owners and admins"));
    await expect(publish(token, "nowhere")).rejects.toMatchObject(refused("There is no such project", "not_found"));
    const env = { QUORATE_TOKEN: onlyRead };
    const ran = await program.run(["submit", "primes/mersenne", "--json"], { input: inputOf([3]), env });
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.err)).toMatchObject({ error: refused('lacks the scope "submit"') });
  });

  it("runs the examples of the documentation word for word: curl, and Python without any package", async (context) => {
    const text = await readFile(inProject("server/openapi/README.md"), "utf8");
    const example = (language: string) => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? "";
    for (const tool of ["curl", "python3"]) {
      if (spawnSync(tool, ["--version"]).error !== undefined)
        context.skip(`could not run: ${tool} is not on this machine`);
    }
    const env = { ...process.env, QUORATE_URL: site.url, QUORATE_TOKEN: token };
    const run = (command: string, script: string) =>
      promisify(execFile)(command, [command === "sh" ? "-ec" : "-c", script], { env, cwd: folder });
    const [shell, python] = await Promise.all([run("sh", example("sh")), run("python3", example("python"))]);
    const lines = shell.stdout.trim().split("\n").slice(-3);
    const shown = lines.join("\n");
    expect(shown.match(/"name":"[123]"/g)).toEqual(['"name":"1"', '"name":"2"', '"name":"3"']);
    expect(python.stdout.trim().split("\n")).toEqual([
      expect.stringMatching(/^2\^19 - 1 is prime as \d+ confirm$/),
      expect.stringMatching(/^2\^21 - 1 is not prime as \d+ confirm$/),
      expect.stringMatching(/^2\^31 - 1 is prime as \d+ confirm$/),
      "400 bad_request",
    ]);
  }, 120_000);

  it("describes its addresses in OpenAPI 3.1, of the schemas that check the calls", async () => {
    const described = (await (await fetch(`${site.url}/api/openapi.json`)).json()) as Described;
    expect(described.openapi).toBe("3.1.0");
    expect(described.servers).toEqual([{ url: `${site.url}/api` }]);
    const { routes } = await import("../../server/http/routes.ts");
    for (const [path, methods] of Object.entries(described.paths)) {
      // `results.{format}` stands for five routes.
      const pattern = path.replace(/\.\{format\}/, ".jsonl").replace(/\{(\w+)\}/g, ":$1");
      const served = routes
        .filter((route) => route.path === `/api${pattern}`)
        .map(({ method }) => method.toLowerCase());
      for (const method of Object.keys(methods)) expect(served, path).toContain(method);
    }
    const open = described.paths["/batches"]?.["post"]?.requestBody?.content["application/json"]?.schema;
    expect(open).toMatchObject({ required: ["appVersionId", "name", "key"], properties: { key: { maxLength: 200 } } });
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`${site.url}/api${path}`, { ...init, headers: { authorization: `Bearer ${token}` } });
    const bad = await ask("/batches", { method: "POST", body: '{"appVersionId": 1}' });
    expect([bad.status, await bad.json()]).toEqual([
      400,
      { code: "bad_request", message: expect.stringContaining("name: ") },
    ]);
    const broken = await ask("/batches", { method: "POST", body: "{" });
    expect([broken.status, await broken.json()]).toEqual([400, expect.objectContaining({ code: "bad_request" })]);
    const none = await ask("/batches/999999");
    expect([none.status, await none.json()]).toEqual([404, { code: "not_found", message: "There is no such batch." }]);
    const nobody = await fetch(`${site.url}/api/batches`, { method: "POST", body: "{}" });
    expect([nobody.status, await nobody.json()]).toEqual([401, expect.objectContaining({ code: "unauthenticated" })]);
  });

  it("ships types that stand alone, and gives an app's own to whoever asks", async () => {
    const shipped = join(program.folder, "node_modules/quorate");
    // What browsers load, too: the client and what it is made of name nothing of Node's.
    const entry = await readFile(join(shipped, "client.js"), "utf8");
    const chunks = [...entry.matchAll(/from "\.\/([^"]+)"/g)].map(([, name]) => name ?? "");
    expect(chunks.length).toBeGreaterThan(0);
    for (const chunk of chunks)
      expect(await readFile(join(shipped, chunk), "utf8")).not.toMatch(/from "node:|require\(/);
    const types = await program.run(["types", "primes/mersenne"]);
    await writeFile(join(program.folder, "app.ts"), types.out);
    await writeFile(
      join(program.folder, "use.ts"),
      `import { createClient } from "quorate";
import app from "./app.ts";
const client = createClient({ url: "http://localhost", token: "" });
for await (const ended of client.map(app, [{ exponent: 3 }])) {
  if (ended.state === "completed") { const low: number = ended.output.header.residue_low; console.log(low); }
}
// @ts-expect-error: the app has no such key.
client.submit(app, [{ exponents: 3 }]);
`,
    );
    const flags = [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2024",
      "--lib",
      "es2024,dom,dom.iterable",
    ];
    const tsc = inProject("node_modules/typescript/bin/tsc");
    await writeFile(join(program.folder, "package.json"), JSON.stringify({ type: "module", private: true }));
    const args = [tsc, ...flags, "--types", "", "--allowImportingTsExtensions", "use.ts"];
    const said = execFileSync(process.execPath, args, { cwd: program.folder, encoding: "utf8" });
    expect(said).toBe("");
  });

  it("forgets the token when it is told to", async () => {
    expect(await program.run(["logout"])).toMatchObject({ code: 0 });
    expect(await program.run(["whoami"])).toMatchObject({ code: 2, err: expect.stringContaining("quorate login URL") });
    await expect(stat(join(program.folder, "config/quorate/login.json"))).rejects.toThrow("ENOENT");
  });
});
