import { KernelError, messageOf } from "../kernel-error.ts";

/** What a kernel needs of a device beyond the defaults, derived from its buffers. */
export interface DeviceNeeds {
  readonly largestBufferBytes: number;
  readonly storageBuffers: number;
}

export interface GpuDescription {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** A software adapter: right, but slower than WASM on the same machine. */
  readonly fallback: boolean;
}

/** The one device of a compute worker: opened late, shared by its workunits one after another, opened again after a loss. */
export interface GpuHolder {
  /** Rejects with KernelError backend_unavailable when there is no usable adapter or its limits are too low. */
  acquire(needs: DeviceNeeds): Promise<GPUDevice>;
  /** null when there is no usable adapter. Opens no device. */
  describe(): Promise<GpuDescription | null>;
  /** Why the device that was handed out is gone; null while it is well. */
  lossOf(device: GPUDevice): string | null;
  /**
   * Calls the listener once, with the reason, when the device goes; returns how to stop listening. (A `then` on
   * `device.lost` cannot be taken back: one per dispatch would pile up for as long as the device lives.)
   */
  onLoss(device: GPUDevice, listener: (reason: string) => void): () => void;
  /** Gives up a device whose dispatch never came back: nothing more is sent to it. */
  abandon(device: GPUDevice, reason: string): void;
  destroy(): void;
}

/** Defaults of the WebGPU specification, "Limits": what a device has without asking. */
const DEFAULT_BUFFER_BYTES = 268_435_456;
const DEFAULT_BINDING_BYTES = 134_217_728;
const DEFAULT_STORAGE_BUFFERS = 8;

/** Some driver stacks never answer requestAdapter; an honest one takes milliseconds, a cold discrete GPU a second or two. */
const ADAPTER_TIMEOUT_MS = 10_000;

export function createGpuHolder(gpu: GPU, delay: (milliseconds: number) => Promise<void>): GpuHolder {
  const losses = new WeakMap<GPUDevice, string>();
  const listeners = new WeakMap<GPUDevice, Set<(reason: string) => void>>();
  let current: { device: GPUDevice; granted: DeviceNeeds } | null = null;

  async function adapter(): Promise<GPUAdapter | null> {
    const asked = gpu.requestAdapter({ powerPreference: "high-performance" });
    const found = await Promise.race([asked, delay(ADAPTER_TIMEOUT_MS).then(() => null)]);
    return found !== null && isReal(found.info) ? found : null;
  }

  function markLost(device: GPUDevice, reason: string): void {
    if (losses.has(device)) return;
    losses.set(device, reason);
    for (const listener of listeners.get(device) ?? []) listener(reason);
    listeners.delete(device);
  }

  function drop(reason: string): void {
    if (current === null) return;
    const { device } = current;
    current = null;
    markLost(device, reason);
    device.destroy();
  }

  return {
    async acquire(needs) {
      if (current !== null && !losses.has(current.device) && covers(current.granted, needs)) return current.device;
      const wanted = current === null ? needs : larger(current.granted, needs);
      drop("replaced by a device with higher limits");
      const found = await adapter();
      if (found === null) throw new KernelError("backend_unavailable", "this device offers no usable WebGPU adapter");
      const device = await openDevice(found, wanted);
      listeners.set(device, new Set());
      void device.lost.then(({ reason, message }) => markLost(device, `${reason}: ${message}`));
      current = { device, granted: wanted };
      return device;
    },
    async describe() {
      const found = await adapter();
      if (found === null) return null;
      const { vendor, architecture, device, description } = found.info;
      return { vendor, architecture, device, description, fallback: found.info.isFallbackAdapter };
    },
    lossOf: (device) => losses.get(device) ?? null,
    onLoss(device, listener) {
      listeners.get(device)?.add(listener);
      return () => listeners.get(device)?.delete(listener);
    },
    abandon(device, reason) {
      if (current?.device === device) drop(reason);
      else markLost(device, reason);
    },
    destroy: () => drop("closed"),
  };
}

/** Dawn's null backend accepts everything and computes nothing: every output would be zeros. */
function isReal(info: GPUAdapterInfo): boolean {
  return !/\bnull\b/i.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
}

async function openDevice(adapter: GPUAdapter, needs: DeviceNeeds): Promise<GPUDevice> {
  const requiredLimits: Record<string, number> = {};
  const ask = (
    name: "maxBufferSize" | "maxStorageBufferBindingSize" | "maxStorageBuffersPerShaderStage",
    value: number,
    byDefault: number,
  ): void => {
    if (value <= byDefault) return;
    const offered = adapter.limits[name];
    if (value > offered) {
      throw new KernelError("backend_unavailable", `this kernel needs ${name} ${value}; the adapter offers ${offered}`);
    }
    requiredLimits[name] = value;
  };
  ask("maxBufferSize", needs.largestBufferBytes, DEFAULT_BUFFER_BYTES);
  ask("maxStorageBufferBindingSize", needs.largestBufferBytes, DEFAULT_BINDING_BYTES);
  ask("maxStorageBuffersPerShaderStage", needs.storageBuffers, DEFAULT_STORAGE_BUFFERS);
  try {
    return await adapter.requestDevice({ requiredLimits });
  } catch (cause) {
    throw new KernelError("backend_unavailable", `the GPU gave no device: ${messageOf(cause)}`, { cause });
  }
}

function covers(granted: DeviceNeeds, needs: DeviceNeeds): boolean {
  return (
    needs.largestBufferBytes <= Math.max(granted.largestBufferBytes, DEFAULT_BINDING_BYTES) &&
    needs.storageBuffers <= Math.max(granted.storageBuffers, DEFAULT_STORAGE_BUFFERS)
  );
}

function larger(a: DeviceNeeds, b: DeviceNeeds): DeviceNeeds {
  return {
    largestBufferBytes: Math.max(a.largestBufferBytes, b.largestBufferBytes),
    storageBuffers: Math.max(a.storageBuffers, b.storageBuffers),
  };
}
