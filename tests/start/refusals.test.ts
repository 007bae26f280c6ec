import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { inProject } from "../../server/paths.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-refusals-"));
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

/** Starts as `npm start` does, and expects that it ends. */
async function start(environment: Record<string, string>): Promise<{ code: number; error: string }> {
  const child = spawn(process.execPath, [inProject("server/start/start.ts")], {
    env: { ...process.env, DATA_FOLDER: folder, PORT: "0", ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let error = "";
  child.stderr.on("data", (chunk: Buffer) => {
    error += chunk.toString();
  });
  const [code] = (await once(child, "exit")) as [number];
  return { code, error };
}

/** One sentence that says what to do: one line, no stack. */
const sentence = (pattern: RegExp) => ({
  code: 1,
  error: expect.stringMatching(new RegExp(`^[^\\n]*${pattern.source}[^\\n]*\\n$`)),
});

it("a port in use", async () => {
  const other = createServer().listen(0);
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  expect(await start({ PORT: String(port) })).toEqual(sentence(/is in use; stop what uses it, or choose another/));
  other.close();
});

it("a database that does not answer", async () => {
  const url = "postgres://someone:secret@127.0.0.1:1/quorate";
  const { code, error } = await start({ DATABASE_URL: url });
  expect({ code, error }).toEqual(sentence(/nothing answers at 127\.0\.0\.1:1; start that PostgreSQL/));
  expect(error).not.toContain("secret");
});

it("an address that is none", async () => {
  expect(await start({ DATABASE_URL: "localhost:5432" })).toEqual(sentence(/is not a PostgreSQL address/));
});

it("a machine that does not exist", async () => {
  const url = "postgres://someone:secret@no-such-machine.invalid/quorate";
  expect(await start({ DATABASE_URL: url })).toEqual(sentence(/there is no machine called no-such-machine\.invalid/));
});
