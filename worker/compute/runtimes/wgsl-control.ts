import type { KernelManifest } from "../../../server/core/wire/kernel-manifest.ts";
import { KernelError } from "../kernel-error.ts";
import {
  type Bytes,
  type LoadedKernel,
  readStateHeader,
  STATE_HEADER_BYTES,
  type StateHeader,
  type WorkInput,
} from "./runtime.ts";
import { assertHealthy, initKernel, instantiateKernel, loadState, saveState } from "./wasm-instance.ts";
import { fileOf, filesInOrder } from "./work-input.ts";

/** What surrounds a shader: files (or a checkpoint) to a state, a finished state to an output. */
export interface ControlPlane {
  begin(work: WorkInput): { state: Bytes; header: StateHeader };
  finish(state: Bytes): Bytes;
}

export async function controlPlane(kernel: LoadedKernel): Promise<ControlPlane> {
  return kernel.manifest.backends.wasm === undefined ? declaredPlane(kernel.manifest) : await modulePlane(kernel);
}

/** The kernel's own WASM module does both ends, so that its checkpoints fit both backends by construction. */
async function modulePlane(kernel: LoadedKernel): Promise<ControlPlane> {
  const { manifest } = kernel;
  const instance = await instantiateKernel(kernel);
  return {
    begin(work) {
      initKernel(instance, filesInOrder(manifest, work));
      if (work.checkpoint !== undefined) loadState(instance, work.checkpoint, "checkpoint");
      const begun = saveState(instance);
      assertHealthy(begun.header);
      return begun;
    },
    finish(state) {
      loadState(instance, state, "gpu");
      const packed = instance.call<bigint>("output");
      return instance.take(packed, "output()", "output_invalid", manifest.limits.outputBytes);
    },
  };
}

/** A kernel of WGSL only: kernel.json says how long the state is, what its body begins with and where the output lies. */
function declaredPlane(manifest: KernelManifest): ControlPlane {
  const { state: declared, output } = manifest.backends.wgsl ?? {};
  if (declared === undefined || output === undefined) {
    throw new KernelError("shader_invalid", "a kernel without a WASM module must declare state and output");
  }
  if (output.offset + output.bytes > declared.bytes) {
    throw new KernelError("output_invalid", "kernel.json's output lies outside its state");
  }
  return {
    begin(work) {
      const state = work.checkpoint ?? freshState(manifest, work, declared);
      const header = readStateHeader(state);
      if (header === null || state.byteLength !== declared.bytes || header.unitsTotal !== declared.unitsTotal) {
        throw new KernelError("checkpoint_rejected", "the checkpoint does not fit kernel.json's state");
      }
      assertHealthy(header);
      return { state, header };
    },
    finish(state) {
      if (output.bytes > manifest.limits.outputBytes) {
        const limit = manifest.limits.outputBytes;
        throw new KernelError("output_too_large", `the output has ${output.bytes} bytes; the limit is ${limit}`);
      }
      return state.slice(output.offset, output.offset + output.bytes);
    },
  };
}

type DeclaredState = NonNullable<NonNullable<KernelManifest["backends"]["wgsl"]>["state"]>;

/** Header, then the named file's bytes (or nothing), then zeros. */
function freshState(manifest: KernelManifest, work: WorkInput, declared: DeclaredState): Bytes {
  const state = new Uint8Array(declared.bytes);
  new DataView(state.buffer).setUint32(0, declared.unitsTotal, true);
  if (declared.init === "zero") return state;
  const body = fileOf(manifest, work, declared.init.file);
  if (body.byteLength > declared.bytes - STATE_HEADER_BYTES) {
    throw new KernelError("input_invalid", `file ${declared.init.file} does not fit into the state`);
  }
  state.set(body, STATE_HEADER_BYTES);
  return state;
}
