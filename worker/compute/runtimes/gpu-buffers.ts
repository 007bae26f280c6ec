import { KernelError } from "../kernel-error.ts";
import type { BufferDeclaration, GpuProgram, WgslBackend } from "./gpu-program.ts";
import { type Bytes, STATE_HEADER_BYTES } from "./runtime.ts";

/** Every buffer of one workunit on the GPU. */
export interface GpuBuffers {
  readonly params: GPUBuffer | null;
  readonly state: GPUBuffer;
  /** Holds the next unitsDone, copied into the state's header after the passes. */
  readonly advance: GPUBuffer;
  /** One u32: a loop reached its limit. */
  readonly guard: GPUBuffer;
  /** Header (16 bytes) and guard (4) for reading back after each dispatch. */
  readonly reading: GPUBuffer;
  readonly kernelGroup: GPUBindGroup;
  readonly guardGroup: GPUBindGroup;
  destroy(): void;
}

export const PARAMS_BYTES = 16;
export const READING_BYTES = STATE_HEADER_BYTES + 4;

/** Buffers are rounded up so that a shader may see them as arrays of vec4<u32>. */
const GRANULE = 16;

export function paddedBytes(bytes: number): number {
  return Math.max(GRANULE, Math.ceil(bytes / GRANULE) * GRANULE);
}

/** A u32 of the state named in kernel.json; throws state_invalid when the state is too short for it. */
export function stateWord(state: Uint8Array, offset: number): number {
  if (offset + 4 > state.byteLength) {
    throw new KernelError(
      "state_invalid",
      `kernel.json reads the state at ${offset}; it has ${state.byteLength} bytes`,
    );
  }
  return new DataView(state.buffer, state.byteOffset, state.byteLength).getUint32(offset, true);
}

export function bufferBytes(
  declaration: BufferDeclaration,
  state: Uint8Array,
  fileOf: (name: string) => Bytes,
): number {
  switch (declaration.kind) {
    case "params":
      return PARAMS_BYTES;
    case "state":
      return paddedBytes(state.byteLength);
    case "file":
      return paddedBytes(fileOf(declaration.file).byteLength);
    case "scratch": {
      const { bytes } = declaration;
      return paddedBytes(typeof bytes === "number" ? bytes : stateWord(state, bytes.bytesAtStateOffset));
    }
  }
}

export interface BufferPlan {
  readonly device: GPUDevice;
  readonly program: GpuProgram;
  readonly wgsl: WgslBackend;
  readonly state: Bytes;
  readonly fileOf: (name: string) => Bytes;
}

/** Creates and fills all buffers. New buffers are zero, as WebGPU promises. Rejects with out_of_memory (blame: device). */
export async function createGpuBuffers({ device, program, wgsl, state, fileOf }: BufferPlan): Promise<GpuBuffers> {
  const { STORAGE, UNIFORM, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
  const made: GPUBuffer[] = [];
  const create = (size: number, usage: number): GPUBuffer => {
    const buffer = device.createBuffer({ size, usage });
    made.push(buffer);
    return buffer;
  };
  const destroy = (): void => {
    for (const buffer of made) buffer.destroy();
  };
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");

  const byBinding = wgsl.buffers.map((declaration) => {
    const usage = declaration.kind === "params" ? UNIFORM | COPY_DST : STORAGE | COPY_DST | COPY_SRC;
    return { declaration, buffer: create(bufferBytes(declaration, state, fileOf), usage) };
  });
  const ofKind = (kind: "params" | "state"): GPUBuffer | null =>
    byBinding.find(({ declaration }) => declaration.kind === kind)?.buffer ?? null;
  const advance = create(4, COPY_DST | COPY_SRC);
  const guard = create(4, STORAGE | COPY_SRC);
  const reading = create(READING_BYTES, COPY_DST | MAP_READ);
  const kernelGroup = device.createBindGroup({
    layout: program.kernelLayout,
    entries: byBinding.map(({ declaration, buffer }) => ({ binding: declaration.binding, resource: { buffer } })),
  });
  const guardGroup = device.createBindGroup({
    layout: program.guardLayout,
    entries: [{ binding: 0, resource: { buffer: guard } }],
  });
  const stateBuffer = ofKind("state");
  if (stateBuffer !== null) writePadded(device, stateBuffer, state);
  for (const { declaration, buffer } of byBinding) {
    if (declaration.kind === "file") writePadded(device, buffer, fileOf(declaration.file));
  }

  const [invalid, outOfMemory] = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
  if (outOfMemory !== null) {
    destroy();
    throw new KernelError("out_of_memory", `the GPU has no room for the buffers: ${outOfMemory.message}`, {
      blame: "device",
    });
  }
  if (invalid !== null || stateBuffer === null) {
    destroy();
    throw new KernelError("shader_invalid", `kernel.json's buffers do not work: ${invalid?.message ?? "no state"}`);
  }
  const params = ofKind("params");
  return { params, state: stateBuffer, advance, guard, reading, kernelGroup, guardGroup, destroy };
}

/** writeBuffer wants multiples of 4; whole words go straight from the source, the rest from a small copy. */
function writePadded(device: GPUDevice, buffer: GPUBuffer, bytes: Bytes): void {
  const whole = bytes.byteLength - (bytes.byteLength % 4);
  if (whole > 0) device.queue.writeBuffer(buffer, 0, bytes, 0, whole);
  if (whole === bytes.byteLength) return;
  const rest = new Uint8Array(4);
  rest.set(bytes.subarray(whole));
  device.queue.writeBuffer(buffer, whole, rest);
}
