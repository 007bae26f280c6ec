import { describe, expect, test } from "vitest";
import type { ExchangeRequest, Lease } from "../../../server/core/wire/exchange.ts";
import { type LabHost, outputOf, outputReport, withLab } from "./lab.ts";

const lab = withLab();

type Backend = ExchangeRequest["device"]["backends"][number];
const wasm = (name: string, knownAnswerOk = true): Backend => ({ kind: "wasm", class: name, knownAnswerOk });
const wgsl = (name: string, knownAnswerOk = true): Backend => ({ kind: "wgsl", class: name, knownAnswerOk });

const SHADER = `@group(0) @binding(0) var<uniform> params: vec4<u32>;
@group(0) @binding(1) var<storage, read_write> state: array<u32>;
@compute @workgroup_size(1) fn main() { state[1] = params.x + params.y; }`;

/** An app that ships WASM and WGSL, and one workunit of it. */
async function workunit(homogeneity: "same" | "diverse", minQuorum = 2): Promise<number> {
  const { current } = lab;
  const { appVersionId } = await current.app({
    settings: { parameters: { homogeneity, minQuorum } },
    manifest: {
      backends: {
        wasm: { module: "kernel.wasm", maxMemoryPages: 1 },
        wgsl: {
          shader: "kernel.wgsl",
          buffers: [
            { kind: "params", binding: 0 },
            { kind: "state", binding: 1 },
          ],
          passes: [{ entryPoint: "main", workgroups: 1 }],
          maxLoopIterations: 1,
        },
      },
    },
    files: { "kernel.wgsl": new TextEncoder().encode(SHADER) },
  });
  const [id = 0] = await current.submit(appVersionId, 1);
  return id;
}

/** What a new host with these backends, in its order of preference, is given. */
async function ask(
  ...backends: Backend[]
): Promise<{ host: LabHost; lease: Lease | undefined; why: string | undefined }> {
  const host = await lab.current.host();
  const { leases, reason } = await lab.current.exchange(host, {
    device: { cores: 2, backends },
    want: { results: 1, backends: backends.map(({ kind }) => kind) },
  });
  return { host, lease: leases[0], why: reason?.code };
}

async function report({ host, lease }: { host: LabHost; lease: Lease | undefined }, value: number): Promise<void> {
  if (lease === undefined) throw new Error("no result");
  await lab.current.report(host, outputReport(lease, outputOf(value)));
}

const storedOf = (lease: Lease | undefined) =>
  lab.current.row("select backend, device_class as class from result where id = $1", [lease?.resultId]);
const stateOf = (id: number) =>
  lab.current.row("select state, homogeneity_class as class from workunit where id = $1", [id]);

describe("homogeneity of hosts with several backends, through the exchange", () => {
  test("[R003.38] S53 same: the first host's class binds; whoever has it on another backend computes on that one", async () => {
    const id = await workunit("same");
    const first = await ask(wgsl("gpu-a"), wasm("cpu-1"));
    expect(first.lease).toMatchObject({ workunitId: String(id), backend: "wgsl" });
    expect(await stateOf(id)).toEqual({ state: "open", class: "gpu-a" });
    expect((await ask(wasm("cpu-1"))).lease).toBeUndefined();
    expect((await ask(wgsl("gpu-b"), wasm("cpu-1"))).lease).toBeUndefined();
    // It would rather use its CPU, and has what is wanted too.
    const second = await ask(wasm("cpu-1"), wgsl("gpu-a"));
    expect(second.lease).toMatchObject({ workunitId: String(id), backend: "wgsl" });
    expect(await storedOf(second.lease)).toEqual({ backend: "wgsl", class: "gpu-a" });
    await report(first, 1);
    await report(second, 1);
    expect(await stateOf(id)).toEqual({ state: "completed", class: "gpu-a" });
  });

  test("[R003.38] S54 same: free again when everything in that class was lost, and the next host binds it anew", async () => {
    const id = await workunit("same");
    const first = await ask(wgsl("gpu-a"));
    if (!first.lease) throw new Error("no result");
    const { resultId, leaseToken } = first.lease;
    await lab.current.report(first.host, { kind: "returned", resultId, leaseToken });
    expect(await stateOf(id)).toEqual({ state: "open", class: null });
    expect((await ask(wasm("cpu-1"))).lease).toMatchObject({ workunitId: String(id), backend: "wasm" });
    expect(await stateOf(id)).toEqual({ state: "open", class: "cpu-1" });
  });

  test("[R000.34] S55 diverse: a host computes on the backend whose class is not there yet, or gets nothing", async () => {
    const id = await workunit("diverse");
    const first = await ask(wgsl("gpu-a"), wasm("cpu-1"));
    expect(first.lease).toMatchObject({ workunitId: String(id), backend: "wgsl" });
    expect((await ask(wgsl("gpu-a"))).lease).toBeUndefined();
    const second = await ask(wgsl("gpu-a"), wasm("cpu-1"));
    expect(second.lease).toMatchObject({ workunitId: String(id), backend: "wasm" });
    expect(await storedOf(second.lease)).toEqual({ backend: "wasm", class: "cpu-1" });
    await report(first, 1);
    await report(second, 1);
    expect(await stateOf(id)).toMatchObject({ state: "completed" });
  });

  test("[R000.34] S55 diverse: a class that was lost is free again, and confirmers are of as many classes as the quorum", async () => {
    const id = await workunit("diverse", 3);
    const lost = await ask(wgsl("gpu-a"));
    if (!lost.lease) throw new Error("no result");
    const { resultId, leaseToken } = lost.lease;
    await lab.current.report(lost.host, { kind: "error", resultId, leaseToken, code: "device_lost", message: "" });
    for (const backend of [wgsl("gpu-a"), wgsl("gpu-b"), wasm("cpu-1")]) await report(await ask(backend), 5);
    expect(await stateOf(id)).toMatchObject({ state: "completed" });
    const classes = await lab.current.rows(
      "select device_class as class from result where workunit_id = $1 and validation = 'valid' order by number",
      [id],
    );
    expect(new Set(classes.map((row) => row["class"])).size).toBeGreaterThanOrEqual(2);
  });

  test("[R003.38] a backend whose known answer is wrong binds nothing and gets nothing", async () => {
    const id = await workunit("same");
    expect(await ask(wgsl("gpu-a", false))).toMatchObject({ lease: undefined, why: "backend_wrong" });
    expect((await ask(wgsl("gpu-a", false), wasm("cpu-1"))).lease).toMatchObject({ backend: "wasm" });
    expect(await stateOf(id)).toEqual({ state: "open", class: "cpu-1" });
  });
});
