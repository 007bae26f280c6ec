import { delay } from "../../compute/delay.ts";
import { messageOf } from "../../compute/kernel-error.ts";
import { createGpuHolder, type GpuHolder } from "../../compute/runtimes/gpu-device.ts";

/** What is used of the optional npm package `webgpu` (Dawn). */
interface DawnModule {
  create(options: string[]): GPU;
  readonly globals: Record<string, unknown>;
}

/**
 * WebGPU in Node, where somebody installed npm `webgpu` beside us: 130 MB of Dawn, too much to make every volunteer load.
 * `gpu` is null with the reason otherwise. Whether there is an adapter, and a real one, shows when it is asked for.
 */
export async function openNodeGpu(): Promise<{ gpu: GpuHolder | null; reason: string }> {
  const optionalPackage: string = "webgpu"; // a plain string, so that neither compiler nor bundler looks for it
  try {
    const dawn = (await import(optionalPackage)) as DawnModule;
    Object.assign(globalThis, dawn.globals);
    return { gpu: createGpuHolder(dawn.create([]), delay), reason: "" };
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    const reason = missing ? "npm package webgpu is not installed" : `npm package webgpu: ${messageOf(error)}`;
    return { gpu: null, reason };
  }
}
