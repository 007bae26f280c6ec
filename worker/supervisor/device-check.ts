import { sayReason } from "../../server/core/replication/comparators/say-reason.ts";
import { PROBE_CLASS_FROM_BYTES, probeBundleSchema } from "../../server/core/wire/probe.ts";
import { KernelError, messageOf } from "../compute/kernel-error.ts";
import type { GpuDescription } from "../compute/runtimes/gpu-device.ts";
import type { Backend } from "../compute/runtimes/runtime.ts";
import type { Capabilities } from "../protocol.ts";
import { fromBase64 } from "./base64.ts";
import { type ComputeSlot, openComputeSlot } from "./compute-slot.ts";
import type { State } from "./core/types.ts";
import type { Host } from "./host.ts";
import type { LibraryKernel } from "./kernel-library.ts";
import type { ServerClient } from "./server-client.ts";

/** Each backend must give its known answer before it gets work; the bits of its floats are its class. */

export type CheckedBackend = State["backends"][number];

/** @throws when the probe cannot be fetched or no compute worker starts. */
export async function checkDevice(
  host: Host,
  server: Pick<ServerClient, "getProbe">,
  useGpu: boolean,
): Promise<CheckedBackend[]> {
  // The compute workers start while what they are to compute is fetched.
  const probe = server.getProbe().then(readProbe);
  return Promise.all([
    checkBackend(host, probe, "wasm"),
    noGpuBecause(host, useGpu) ?? checkBackend(host, probe, "wgsl"),
  ]);
}

/** Null: it is to be looked at. */
function noGpuBecause(host: Host, useGpu: boolean): CheckedBackend | null {
  if (!host.secureContext) return unavailable("wgsl", "", "WebGPU needs a secure page (https, or localhost)");
  return useGpu ? null : unavailable("wgsl", "", "switched off");
}

async function checkBackend(host: Host, probe: Promise<LibraryKernel>, backend: Backend): Promise<CheckedBackend> {
  const slot = openComputeSlot(host);
  try {
    return await checkOn(slot, await probe, backend);
  } finally {
    slot.terminate();
  }
}

async function checkOn(slot: ComputeSlot, kernel: LibraryKernel, backend: Backend): Promise<CheckedBackend> {
  try {
    await slot.ready();
    // Asking for capabilities looks for an adapter; a CPU needs no looking for.
    const found = backend === "wgsl" ? await slot.handle.api.capabilities() : null;
    if (found !== null && found.gpu === null) return unavailable(backend, "", gpuReason(found));
    const label = found?.gpu ? labelOf(found.gpu) : "";
    const report = await slot.probe(kernel, backend, PROBE_CLASS_FROM_BYTES);
    if (report.verdict === "ok") return { kind: backend, state: "ok", label, detail: "", class: report.classBits };
    if (report.verdict === "failed") return unavailable(backend, label, report.reason);
    return { kind: backend, state: "wrong", label, detail: sayReason(report.reason), class: "wrong" };
  } catch (error) {
    if (backend === "wasm" && error instanceof KernelError && error.code === "worker_failed") throw error;
    return unavailable(backend, "", messageOf(error));
  }
}

function gpuReason(capabilities: Capabilities): string {
  return capabilities.gpuReason === "" ? "no WebGPU" : capabilities.gpuReason;
}

function unavailable(kind: Backend, label: string, detail: string): CheckedBackend {
  return { kind, state: "unavailable", label, detail, class: "none" };
}

function labelOf(gpu: GpuDescription): string {
  const parts = [gpu.vendor, gpu.architecture, gpu.device].filter((part) => part !== "");
  return `${parts.join(" ")}${gpu.fallback ? " (software)" : ""}`.slice(0, 120);
}

function readProbe(bundle: string): LibraryKernel {
  const { manifest, files } = probeBundleSchema.parse(JSON.parse(bundle));
  const part = (path: string) => fromBase64(files[path] ?? "");
  const { wasm, wgsl } = manifest.backends;
  const [example] = manifest.examples;
  if (example === undefined) throw new Error("the device probe has no example");
  return {
    hash: "probe",
    backends: ["wasm", "wgsl"],
    kernel: {
      manifest,
      ...(wasm === undefined ? {} : { module: part(wasm.module) }),
      ...(wgsl === undefined ? {} : { shader: new TextDecoder().decode(part(wgsl.shader)) }),
    },
    example: { input: part(example.input), files: {}, expected: part(example.output) },
  };
}
