import type { KernelManifest } from "../../../server/core/wire/kernel-manifest.ts";
import { KernelError, messageOf } from "../kernel-error.ts";
import { guardShader } from "../wgsl-guard.ts";
import type { LoadedKernel } from "./runtime.ts";

export type WgslBackend = NonNullable<KernelManifest["backends"]["wgsl"]>;
export type BufferDeclaration = WgslBackend["buffers"][number];

/** A kernel's shader compiled for one device. */
export interface GpuProgram {
  readonly pipelines: readonly GPUComputePipeline[];
  readonly kernelLayout: GPUBindGroupLayout;
  readonly guardLayout: GPUBindGroupLayout;
}

/** Workgroups per dimension every WebGPU device has; kernels are dispatched in x only. */
export const MAX_WORKGROUPS = 65_535;

const programs = new WeakMap<GPUDevice, WeakMap<LoadedKernel, Promise<GpuProgram>>>();

/** Compiles once per kernel object and device. Rejects with KernelError shader_invalid and the author's line numbers. */
export function gpuProgram(kernel: LoadedKernel, device: GPUDevice): Promise<GpuProgram> {
  const ofDevice = programs.get(device) ?? new WeakMap<LoadedKernel, Promise<GpuProgram>>();
  programs.set(device, ofDevice);
  const known = ofDevice.get(kernel) ?? compileProgram(kernel, device);
  ofDevice.set(kernel, known);
  return known;
}

export function wgslBackendOf(kernel: LoadedKernel): { wgsl: WgslBackend; shader: string } {
  const wgsl = kernel.manifest.backends.wgsl;
  if (wgsl === undefined || kernel.shader === undefined) {
    throw new KernelError("shader_invalid", `kernel ${kernel.manifest.name} has no WGSL shader`);
  }
  return { wgsl, shader: kernel.shader };
}

/** Most units one dispatch may do: the manifest's own limit, and 65 535 workgroups for passes whose width is per unit. */
export function maxUnitsOf(wgsl: WgslBackend): number {
  const limits = wgsl.passes.flatMap(({ entryPoint, workgroups }) => {
    if (typeof workgroups === "number" || !("perUnit" in workgroups)) return [];
    const units = Math.floor((MAX_WORKGROUPS * workgroups.workgroupSize) / workgroups.perUnit);
    if (units < 1) throw new KernelError("shader_invalid", `one unit of pass ${entryPoint} needs too many workgroups`);
    return [units];
  });
  return Math.min(wgsl.maxUnitsPerDispatch ?? 0xffff_ffff, ...limits);
}

async function compileProgram(kernel: LoadedKernel, device: GPUDevice): Promise<GpuProgram> {
  const { wgsl, shader } = wgslBackendOf(kernel);
  const { code } = guardShader(shader, wgsl.maxLoopIterations);
  const module = await compileShader(device, code);
  const kernelLayout = device.createBindGroupLayout({ entries: wgsl.buffers.map(layoutEntry) });
  const guardLayout = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: "storage" } }],
  });
  // In the order of their groups: the kernel's 0, the guard's 1.
  const layout = device.createPipelineLayout({ bindGroupLayouts: [kernelLayout, guardLayout] });
  try {
    const pipelines = await Promise.all(
      wgsl.passes.map(({ entryPoint }) =>
        device.createComputePipelineAsync({ layout, compute: { module, entryPoint } }),
      ),
    );
    return { pipelines, kernelLayout, guardLayout };
  } catch (cause) {
    throw new KernelError("shader_invalid", `the shader does not fit kernel.json: ${messageOf(cause)}`, { cause });
  }
}

async function compileShader(device: GPUDevice, code: string): Promise<GPUShaderModule> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  const [{ messages }, error] = await Promise.all([module.getCompilationInfo(), device.popErrorScope()]);
  const errors = messages.filter((message) => message.type === "error");
  if (errors.length > 0) {
    const lines = errors.slice(0, 5).map((message) => `line ${message.lineNum}: ${message.message}`);
    throw new KernelError("shader_invalid", `the shader does not compile: ${lines.join("; ")}`);
  }
  if (error !== null) throw new KernelError("shader_invalid", `the shader does not compile: ${error.message}`);
  return module;
}

function layoutEntry(buffer: BufferDeclaration): GPUBindGroupLayoutEntry {
  const types = { params: "uniform", state: "storage", file: "read-only-storage", scratch: "storage" } as const;
  return { binding: buffer.binding, visibility: GPUShaderStage.COMPUTE, buffer: { type: types[buffer.kind] } };
}
