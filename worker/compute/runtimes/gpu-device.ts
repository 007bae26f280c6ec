import { KernelError, messageOf } from "../kernel-error.ts";

/** What a kernel needs of a device beyond the defaults, derived from its buffers. */
export interface DeviceNeeds {
  readonly largestBufferBytes: number;
  readonly storageBuffers: number;
  /** Largest @workgroup_size the passes may use; the default device has 256. */
  readonly workgroupInvocations: number;
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
  /** Rejects with KernelError backend_unavailable when there is no usable adapter. */
  acquire(needs: DeviceNeeds): Promise<GPUDevice>;
  /** null when there is no usable adapter. Opens no device. */
  describe(): Promise<GpuDescription | null>;
  /** Why the device that was handed out is gone; null while it is well. */
  lossOf(device: GPUDevice): string | null;
  destroy(): void;
}

const UNSEEN_NEEDS: DeviceNeeds = { largestBufferBytes: 0, storageBuffers: 0, workgroupInvocations: 0 };

export function createGpuHolder(gpu: GPU): GpuHolder {
  const losses = new WeakMap<GPUDevice, string>();
  let current: { device: GPUDevice; granted: DeviceNeeds } | null = null;

  async function adapter(): Promise<GPUAdapter | null> {
    const found = await gpu.requestAdapter({ powerPreference: "high-performance" });
    return found !== null && isReal(found.info) ? found : null;
  }

  return {
    async acquire(needs) {
      const wanted = current === null ? needs : larger(current.granted, needs);
      if (current !== null && !losses.has(current.device) && covers(current.granted, needs)) return current.device;
      if (current !== null) current.device.destroy();
      current = null;
      const found = await adapter();
      if (found === null) throw new KernelError("backend_unavailable", "this device offers no usable WebGPU adapter");
      const device = await openDevice(found, wanted);
      void device.lost.then((info) => losses.set(device, `${info.reason}: ${info.message}`));
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
    destroy() {
      current?.device.destroy();
      current = null;
    },
  };
}

/** Dawn's null backend accepts everything and computes nothing: every output would be zeros. */
function isReal(info: GPUAdapterInfo): boolean {
  return !/\bnull\b/i.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
}

async function openDevice(adapter: GPUAdapter, needs: DeviceNeeds): Promise<GPUDevice> {
  const requiredLimits: Record<string, number> = {};
  const ask = (name: keyof GPUSupportedLimits & string, value: number, byDefault: number): void => {
    if (value <= byDefault) return;
    const offered = adapter.limits[name] as number;
    if (value > offered) {
      throw new KernelError("backend_unavailable", `this kernel needs ${name} ${value}; the adapter offers ${offered}`);
    }
    requiredLimits[name] = value;
  };
  // Defaults of the WebGPU specification, "Limits".
  ask("maxBufferSize", needs.largestBufferBytes, 268_435_456);
  ask("maxStorageBufferBindingSize", needs.largestBufferBytes, 134_217_728);
  ask("maxStorageBuffersPerShaderStage", needs.storageBuffers, 8);
  ask("maxComputeInvocationsPerWorkgroup", needs.workgroupInvocations, 256);
  ask("maxComputeWorkgroupSizeX", needs.workgroupInvocations, 256);
  try {
    return await adapter.requestDevice({ requiredLimits });
  } catch (cause) {
    throw new KernelError("backend_unavailable", `the GPU gave no device: ${messageOf(cause)}`, { cause });
  }
}

function covers(granted: DeviceNeeds, needs: DeviceNeeds): boolean {
  const both = larger(granted, needs);
  return (
    both.largestBufferBytes <= Math.max(granted.largestBufferBytes, 134_217_728) &&
    both.storageBuffers <= Math.max(granted.storageBuffers, 8) &&
    both.workgroupInvocations <= Math.max(granted.workgroupInvocations, 256)
  );
}

function larger(a: DeviceNeeds, b: DeviceNeeds = UNSEEN_NEEDS): DeviceNeeds {
  return {
    largestBufferBytes: Math.max(a.largestBufferBytes, b.largestBufferBytes),
    storageBuffers: Math.max(a.storageBuffers, b.storageBuffers),
    workgroupInvocations: Math.max(a.workgroupInvocations, b.workgroupInvocations),
  };
}
