import { KernelError } from "../kernel-error.ts";
import { bufferBytes, createGpuBuffers, type GpuBuffers, READING_BYTES, stateWord } from "./gpu-buffers.ts";
import type { GpuHolder } from "./gpu-device.ts";
import {
  type GpuProgram,
  gpuProgram,
  MAX_WORKGROUPS,
  maxUnitsOf,
  type WgslBackend,
  wgslBackendOf,
} from "./gpu-program.ts";
import { gpuDone } from "./gpu-wait.ts";
import {
  type Bytes,
  type ComputeServices,
  type LoadedKernel,
  type Runtime,
  readStateHeader,
  STATE_HEADER_BYTES,
  type StateHeader,
  type StepReport,
  type WorkInput,
} from "./runtime.ts";
import { assertHealthy } from "./wasm-instance.ts";
import { type ControlPlane, controlPlane } from "./wgsl-control.ts";
import { fileOf } from "./work-input.ts";

/**
 * Runs a kernel's shader. The kernel's WASM module (or kernel.json) turns files into a state and a state into an output;
 * the shader does the units in between, on the state in GPU memory. One dispatch is one step: afterwards its 16-byte
 * header is read back, which is also how its end is noticed.
 */
export async function createWgslRuntime(kernel: LoadedKernel, services: ComputeServices): Promise<Runtime> {
  const { wgsl } = wgslBackendOf(kernel);
  if (services.gpu === null) throw new KernelError("backend_unavailable", "there is no WebGPU here");
  const run = new WgslRun({ kernel, wgsl, services, gpu: services.gpu, control: await controlPlane(kernel) });
  return run;
}

/** The driver's work, not the kernel's: phones take many seconds for a large shader. */
const COMPILING = { timeoutMs: 60_000, what: "compiling" };

interface Setting {
  readonly kernel: LoadedKernel;
  readonly wgsl: WgslBackend;
  readonly services: ComputeServices;
  readonly gpu: GpuHolder;
  readonly control: ControlPlane;
}

interface OnDevice {
  readonly device: GPUDevice;
  readonly program: GpuProgram;
  readonly buffers: GpuBuffers;
  /** Workgroups of each pass for a dispatch of so many units. */
  readonly workgroups: readonly ((units: number) => number)[];
  readonly stateBytes: number;
  header: StateHeader;
}

class WgslRun implements Runtime {
  readonly backend = "wgsl";
  readonly maxUnits: number;
  readonly #setting: Setting;
  #on: OnDevice | null = null;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.maxUnits = maxUnitsOf(setting.wgsl);
  }

  async init(work: WorkInput): Promise<void> {
    const { kernel, wgsl, gpu, control } = this.#setting;
    const { state, header } = control.begin(work);
    const file = (name: string): Bytes => fileOf(kernel.manifest, work, name);
    const sizes = wgsl.buffers.map((buffer) => bufferBytes(buffer, state, file));
    const device = await gpu.acquire({
      largestBufferBytes: Math.max(...sizes),
      storageBuffers: wgsl.buffers.filter((buffer) => buffer.kind !== "params").length + 1, // the loop guard's
    });
    const program = await this.#wait(device, gpuProgram(kernel, device), COMPILING);
    const made = createGpuBuffers({ device, program, wgsl, state, fileOf: file });
    const buffers = await this.#wait(device, made, COMPILING);
    const workgroups = wgsl.passes.map((pass) => workgroupsOf(pass, state));
    this.#on = { device, program, buffers, workgroups, stateBytes: state.byteLength, header };
  }

  async step(budget: number): Promise<StepReport> {
    const on = this.#alive();
    const { services } = this.#setting;
    const { unitsDone, unitsTotal, status } = on.header;
    const units = Math.min(budget, this.maxUnits, unitsTotal - unitsDone);
    if (status === 1 || units === 0) return { progress: 1, done: true, units: 0, milliseconds: 0 };
    const startedAt = services.now();
    const { header, loopLimit } = await this.#dispatch(on, unitsDone, units);
    const milliseconds = services.now() - startedAt;
    if (loopLimit) {
      const limit = this.#setting.wgsl.maxLoopIterations;
      throw new KernelError("loop_limit", `a loop of the shader ran longer than maxLoopIterations (${limit})`);
    }
    assertHealthy(header);
    on.header = header;
    const done = header.status === 1 || header.unitsDone === header.unitsTotal;
    const progress = done ? 1 : Math.min(header.unitsDone / header.unitsTotal, 1 - Number.EPSILON);
    return { progress, done, units, milliseconds };
  }

  async save(): Promise<Bytes> {
    const on = this.#alive();
    const size = on.buffers.state.size;
    const copy = on.device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    try {
      const encoder = on.device.createCommandEncoder();
      encoder.copyBufferToBuffer(on.buffers.state, 0, copy, 0, size);
      on.device.queue.submit([encoder.finish()]);
      return (await this.#read(on.device, copy)).slice(0, on.stateBytes);
    } finally {
      copy.destroy();
    }
  }

  async output(): Promise<Bytes> {
    const { header } = this.#alive();
    if (header.status !== 1 && header.unitsDone < header.unitsTotal) {
      throw new KernelError("output_invalid", "the kernel has not finished");
    }
    return this.#setting.control.finish(await this.save());
  }

  dispose(): void {
    this.#on?.buffers.destroy();
    this.#on = null;
  }

  async #dispatch(on: OnDevice, start: number, count: number): Promise<{ header: StateHeader; loopLimit: boolean }> {
    const { device, buffers, program } = on;
    device.pushErrorScope("validation");
    if (buffers.params !== null) device.queue.writeBuffer(buffers.params, 0, new Uint32Array([start, count, 0, 0]));
    device.queue.writeBuffer(buffers.advance, 0, new Uint32Array([start + count]));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setBindGroup(0, buffers.kernelGroup);
    pass.setBindGroup(1, buffers.guardGroup);
    program.pipelines.forEach((pipeline, index) => {
      pass.setPipeline(pipeline);
      pass.dispatchWorkgroups(on.workgroups[index]?.(count) ?? 0);
    });
    pass.end();
    encoder.copyBufferToBuffer(buffers.advance, 0, buffers.state, 4, 4);
    encoder.copyBufferToBuffer(buffers.state, 0, buffers.reading, 0, STATE_HEADER_BYTES);
    encoder.copyBufferToBuffer(buffers.guard, 0, buffers.reading, STATE_HEADER_BYTES, 4);
    device.queue.submit([encoder.finish()]);
    const [error, reading] = await Promise.all([
      this.#wait(device, device.popErrorScope()),
      this.#read(device, buffers.reading),
    ]);
    if (error !== null) throw new KernelError("shader_invalid", `the GPU refuses the dispatch: ${error.message}`);
    const header = readStateHeader(reading);
    if (header === null) throw new KernelError("state_invalid", "the shader left a state without a sensible header");
    return { header, loopLimit: stateWord(reading.subarray(0, READING_BYTES), STATE_HEADER_BYTES) !== 0 };
  }

  async #read(device: GPUDevice, buffer: GPUBuffer): Promise<Bytes> {
    await this.#wait(device, buffer.mapAsync(GPUMapMode.READ));
    const bytes = new Uint8Array(buffer.getMappedRange().slice(0));
    buffer.unmap();
    return bytes;
  }

  #wait<T>(device: GPUDevice, work: Promise<T>, patience?: { timeoutMs: number; what: string }): Promise<T> {
    const { gpu, services, kernel } = this.#setting;
    const timeoutMs = kernel.manifest.limits.stepSeconds * 1000;
    return gpuDone(work, { device, gpu, services, ...(patience ?? { timeoutMs, what: "a dispatch" }) });
  }

  #alive(): OnDevice {
    if (this.#on === null) throw new KernelError("worker_failed", "this runtime was not begun, or disposed of");
    return this.#on;
  }
}

function workgroupsOf(pass: WgslBackend["passes"][number], state: Bytes): (units: number) => number {
  const { workgroups } = pass;
  if (typeof workgroups === "number") return () => workgroups;
  const { workgroupSize } = workgroups;
  if ("perUnit" in workgroups) return (units) => Math.ceil((units * workgroups.perUnit) / workgroupSize);
  const groups = Math.ceil(stateWord(state, workgroups.threadsAtStateOffset) / workgroupSize);
  if (groups > MAX_WORKGROUPS) {
    throw new KernelError("state_invalid", `pass ${pass.entryPoint} asks for ${groups} workgroups; 65535 are possible`);
  }
  return () => groups;
}
