import type { ComputeListener } from "../../protocol.ts";
import { KernelError } from "../kernel-error.ts";
import { wgslBackendOf } from "../runtimes/gpu-program.ts";
import { gpuDone } from "../runtimes/gpu-wait.ts";
import type { ComputeServices, LoadedKernel } from "../runtimes/runtime.ts";
import { guardShader } from "../wgsl-guard.ts";

export interface ShaderMessage {
  readonly line: number;
  /** null on lines where the loop bound moved what follows. */
  readonly column: number | null;
  readonly message: string;
}

const COMPILE_WITHIN_MS = 60_000;
const GRACE_MS = 5_000;

/** What this device's compiler has against the shader, as the runtime gives it to the device: with bounded loops. */
export async function shaderMessages(
  kernel: LoadedKernel,
  services: ComputeServices,
  listener: Pick<ComputeListener, "onHeartbeat">,
): Promise<ShaderMessage[]> {
  const { wgsl, shader } = wgslBackendOf(kernel);
  const { gpu } = services;
  if (gpu === null) throw new KernelError("backend_unavailable", "there is no WebGPU here");
  const { code } = guardShader(shader, wgsl.maxLoopIterations);
  listener.onHeartbeat({ type: "busy", phase: "compile", withinMs: COMPILE_WITHIN_MS + GRACE_MS });
  try {
    const device = await gpu.acquire({ largestBufferBytes: 0, storageBuffers: 0 });
    device.pushErrorScope("validation");
    const asked = device.createShaderModule({ code }).getCompilationInfo();
    const waiting = { device, gpu, services, timeoutMs: COMPILE_WITHIN_MS, what: "compiling" };
    const [{ messages }, error] = await gpuDone(Promise.all([asked, device.popErrorScope()]), waiting);
    const errors = messages.filter((message) => message.type === "error");
    if (errors.length === 0 && error !== null) return [{ line: 1, column: null, message: error.message }];
    const [written, guarded] = [shader.split("\n"), code.split("\n")];
    return errors.map(({ lineNum, linePos, message }) => ({
      line: Math.max(1, lineNum),
      column: linePos > 0 && written[lineNum - 1] === guarded[lineNum - 1] ? linePos : null,
      message,
    }));
  } finally {
    listener.onHeartbeat({ type: "idle" });
  }
}
