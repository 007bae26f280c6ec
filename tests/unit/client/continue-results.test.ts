import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addResultsCommand } from "../../../worker/client/cli/results-command.ts";
import { createTerminal } from "../../../worker/client/cli/terminal.ts";
import { createClient } from "../../../worker/client/client.ts";

/** Lines of equal length, of which each is another. */
const linesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => `${String(index).padStart(8, "0")} ${"x".repeat(90)}\n`).join("");
const WHOLE = linesOf(2_000);
const LINE = WHOLE.indexOf("\n") + 1;

let server: Server;
let url: string;
let path: string;
let folder: string;

/** As the site does: the rest of the file from where a range begins, in pieces. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-continue-"));
  path = join(folder, "all.jsonl");
  server = createServer((request, response) => {
    const [, first] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
    if (Number(first) >= WHOLE.length) return void response.writeHead(416).end();
    response.writeHead(first === undefined ? 200 : 206);
    for (let at = Number(first ?? 0); at < WHOLE.length; at += 1_000) response.write(WHOLE.slice(at, at + 1_000));
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

async function goOn(): Promise<void> {
  const program = new Command().exitOverride();
  const client = createClient({ url });
  const cli = { terminal: () => createTerminal(true), client: () => Promise.resolve(client), environment: {} };
  addResultsCommand(program, cli);
  await program.parseAsync(["results", "1", "--output", path, "--continue"], { from: "user" });
}

describe("results --continue", () => {
  test.each([0, 1, LINE, LINE + 1, 65_535, 65_536, 65_537, WHOLE.length - 1, WHOLE.length])(
    "completes a file that has the first %i bytes",
    async (bytes) => {
      await writeFile(path, WHOLE.slice(0, bytes));
      await goOn();
      expect(await readFile(path, "utf8")).toBe(WHOLE);
    },
  );

  test.each([
    ["another file that ends with the same byte", `${"y".repeat(LINE * 5 - 1)}\n`, "is no beginning of"],
    ["a line that is missing by now", WHOLE.slice(LINE, LINE * 700), "is no beginning of"],
    [
      "a difference thousands of bytes before its end",
      change(WHOLE.slice(0, 90_000), 90_000 - 60_000),
      "is no beginning",
    ],
    ["a few bytes too many", `${WHOLE}x`, "is longer than"],
    ["far too many", WHOLE + WHOLE, "is longer than"],
  ])("leaves %s as it is", async (_what, text, reason) => {
    await writeFile(path, text);
    await expect(goOn()).rejects.toThrow(reason);
    expect(await readFile(path, "utf8")).toBe(text);
  });
});

function change(text: string, at: number): string {
  return `${text.slice(0, at)}?${text.slice(at + 1)}`;
}
