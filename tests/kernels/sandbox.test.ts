import { Worker } from "node:worker_threads";
import { describe, expect, it, vi } from "vitest";
import { readPackageFiles } from "../../worker/compute/package/read-package.ts";
import type { Bytes } from "../../worker/compute/runtimes/runtime.ts";
import { inSandbox, SandboxLostError, sandboxPids } from "../../worker/hosts/node/sandbox.ts";
import { sandboxJobs } from "../../worker/hosts/node/sandbox-jobs.ts";
import { honestFiles } from "../unit/kernel-package/packages.ts";
import { assemble } from "./wat-kernels.ts";

/** A verifier with the given body. */
async function verifier(body: string) {
  return await assemble(`(module (memory (export "memory") 1 1)
    (func (export "alloc") (param i32) (result i32) (i32.const 16))
    (func (export "verify") (param i32 i32 i32 i32) (result i32) ${body}))`);
}
const yes = await verifier("(i32.const 1)");
const no = await verifier("(i32.const 0)");
const trap = await verifier("unreachable");
const endless = await verifier("(loop $again (br $again)) (i32.const 1)");

function ask(module: Bytes, timeoutMs = 60_000, marginMs?: number) {
  const byte = new Uint8Array(1);
  return inSandbox("judge", { request: { module, role: "verify", first: byte, second: byte }, timeoutMs }, marginMs);
}

/** The one process there is, other than those named. */
const nextPid = (...known: number[]): Promise<number> =>
  vi.waitFor(() => {
    const pid = sandboxPids().find((one) => !known.includes(one));
    if (pid === undefined) throw new Error("no process yet");
    return pid;
  }, 20_000);

describe("the process in which somebody else's modules run", () => {
  it("is another process than this one, and answers many at once", async () => {
    const answers = await Promise.all([yes, no, trap].map((module) => ask(module)));
    expect(answers.map(({ kind }) => kind)).toEqual(["yes", "no", "no"]);
    expect(sandboxPids()).toHaveLength(1);
    expect(sandboxPids()).not.toContain(process.pid);
  });

  it("goes on when a terminal or a service manager tells all processes to end: the one that asks decides", async () => {
    const pid = await nextPid();
    const looping = ask(endless, 1_000);
    for (const signal of ["SIGINT", "SIGTERM"]) process.kill(pid, signal);
    expect(await looping).toMatchObject({ kind: "no" });
    expect(sandboxPids()).toEqual([pid]);
  });

  it("takes nobody with it when it is lost: what it had to do is done again", async () => {
    const first = await nextPid();
    const looping = ask(endless, 3_000);
    const other = ask(yes);
    process.kill(first, "SIGKILL");
    expect(await other).toMatchObject({ kind: "yes" });
    expect(await looping).toMatchObject({ kind: "no" });
    // And there is one again for whoever comes next.
    expect(await ask(yes)).toMatchObject({ kind: "yes" });
  });

  it("is given up when it does not answer although the job's time is long over", async () => {
    expect(await ask(yes)).toMatchObject({ kind: "yes" });
    const stuck = await nextPid();
    process.kill(stuck, "SIGSTOP");
    expect(await ask(yes, 5_000, 0)).toMatchObject({ kind: "yes" });
    expect(sandboxPids()).not.toContain(stuck);
  });

  it("says so when a job took a second one with it, which was its own", async () => {
    expect(await ask(yes)).toMatchObject({ kind: "yes" });
    const first = await nextPid();
    const lost = ask(endless).then(
      () => "answered",
      (error: unknown) => error,
    );
    process.kill(first, "SIGKILL");
    process.kill(await nextPid(first), "SIGKILL");
    expect(await lost).toBeInstanceOf(SandboxLostError);
  });
});

/** Memory that goes with a message: a piece of a buffer takes all of it along. */
function bytesWith(message: unknown): number {
  if (ArrayBuffer.isView(message)) return message.buffer.byteLength;
  if (typeof message !== "object" || message === null) return 0;
  const parts = message instanceof Map ? [...message.values()] : Object.values(message);
  return parts.reduce((sum: number, part) => sum + bytesWith(part), 0);
}

it("a proof hands each file on by itself, although they came in one message", async () => {
  const LARGE = 8 * 1024 * 1024;
  const files = { ...(await honestFiles()), "unused.bin": new Uint8Array(LARGE) };
  const message = new Uint8Array(Object.values(files).reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  const pieces = Object.entries(files).map(([path, bytes]) => {
    message.set(bytes, at);
    const piece = message.subarray(at, at + bytes.byteLength);
    at += bytes.byteLength;
    return [path, piece] as const;
  });
  const reading = await readPackageFiles(
    pieces
      .filter(([path]) => path !== "unused.bin")
      .map(([path, bytes]) => ({
        path,
        file: { name: path, size: bytes.byteLength, arrayBuffer: async () => bytes.slice().buffer },
      })),
  );
  if (!reading.ok) throw new Error(JSON.stringify(reading.faults));
  const kernel = { manifest: reading.package.manifest, files: new Map(pieces) };
  const posted = vi.spyOn(Worker.prototype, "postMessage");
  expect(await sandboxJobs.prove({ kernel, withinMs: 60_000 })).toMatchObject({ passed: true });
  const sizes = posted.mock.calls.map(([sent]) => bytesWith(sent));
  posted.mockRestore();
  expect(Math.max(...sizes)).toBeGreaterThan(0);
  expect(Math.max(...sizes)).toBeLessThan(LARGE);
});
