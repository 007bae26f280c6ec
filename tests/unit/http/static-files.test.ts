import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { answerCompressed } from "../../../server/http/static-files.ts";
import { compressStatic } from "../../../server/start/compress-static.ts";

const SCRIPT = "const answer = 42;\n".repeat(200);

let folder: string;
const server = createServer(async (incoming, response) => {
  if (!(await answerCompressed(incoming, response, incoming.url ?? "", join(folder, "static")))) {
    response.writeHead(204).end();
  }
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-static-"));
  await mkdir(join(folder, "static/chunks"), { recursive: true });
  await writeFile(join(folder, "static/chunks/a-1.js"), SCRIPT);
  await writeFile(join(folder, "static/chunks/small.js"), "1");
  await compressStatic(join(folder, "static"));
  await writeFile(join(folder, "secret.js.br"), "secret");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

/** Sent as it is written: fetch would tidy the path up. */
function ask(path: string, options: { method?: string; encodings?: string } = {}) {
  const { method = "GET", encodings = "gzip, br" } = options;
  const { port } = server.address() as AddressInfo;
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const headers = { "accept-encoding": encodings };
    request({ port, host: "127.0.0.1", path, method, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) }),
      );
    })
      .on("error", reject)
      .end();
  });
}

it("serves the compressed file, for ever", async () => {
  const { status, headers, body } = await ask("/_next/static/chunks/a-1.js");
  expect(status).toBe(200);
  expect(headers).toMatchObject({ "content-encoding": "br", "cache-control": expect.stringContaining("immutable") });
  expect(body.length).toBeLessThan(SCRIPT.length / 10);
  expect(brotliDecompressSync(body).toString()).toBe(SCRIPT);
  expect((await ask("/_next/static/chunks/a-1.js", { method: "HEAD" })).body.length).toBe(0);
});

it.each([
  ["/_next/static/chunks/a-1.js", { encodings: "gzip" }],
  ["/_next/static/chunks/a-1.js", { method: "POST" }],
  ["/_next/static/chunks/small.js", {}],
  ["/_next/static/chunks/none.js", {}],
  ["/_next/static/../secret.js", {}],
  ["/_next/static/..%2fsecret.js", {}],
  ["/_next/static/chunks/../../secret.js", {}],
  ["/secret.js", {}],
])("leaves %s with %o to the pages", async (path, options) => {
  expect((await ask(path, options)).status).toBe(204);
});
