import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { inProject } from "../paths.ts";
import { withFileLock } from "../start/file-lock.ts";
import { readSchema, SCHEMA_FOLDER } from "./migrate.ts";

const STAMP = inProject("prisma/generated/.schema-hash");

/**
 * Writes prisma/generated (the typed client) when prisma/schema or Prisma itself changed since it was last written.
 * Generating takes about a second; looking takes a millisecond.
 */
export async function generateClient(): Promise<"written" | "unchanged"> {
  await mkdir(inProject(".build"), { recursive: true });
  return withFileLock(inProject(".build/client.lock"), generateUnlessCurrent);
}

async function generateUnlessCurrent(): Promise<"written" | "unchanged"> {
  const schema = JSON.stringify((await readSchema(SCHEMA_FOLDER)).map(({ content }) => content));
  const version = await readFile(inProject("node_modules/prisma/package.json"), "utf8");
  const hash = createHash("sha256").update(schema).update(version).digest("hex");
  if ((await readFile(STAMP, "utf8").catch(() => "")) === hash) return "unchanged";
  await runPrismaGenerate();
  await writeFile(STAMP, hash);
  return "written";
}

function runPrismaGenerate(): Promise<void> {
  // Generating needs no schema engine, but Prisma's command line would download one first: it is told that it has one.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true", PRISMA_HIDE_UPDATE_MESSAGE: "1" };
  const child = spawn(process.execPath, [inProject("node_modules/prisma/build/index.js"), "generate"], {
    cwd: inProject("."),
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`prisma generate failed:\n${output}`))));
  });
}

if (import.meta.main) await generateClient();
