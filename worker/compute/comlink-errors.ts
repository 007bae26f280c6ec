import { fromKernelErrorRecord, KernelError, type KernelErrorRecord, toKernelErrorRecord } from "./kernel-error.ts";

/** The part of Comlink's transfer handlers that is used here; Comlink itself belongs to the hosts. */
interface ThrowHandler {
  canHandle(value: unknown): boolean;
  serialize(value: unknown): [unknown, unknown[]];
  deserialize(value: unknown): unknown;
}

interface Handlers {
  get(name: string): unknown;
  set(name: string, handler: never): unknown;
}

/**
 * Lets a KernelError keep its class, code and blame over Comlink; other errors travel as Comlink sends them. Call it once
 * on both sides with Comlink's `transferHandlers`, before the first call.
 */
export function keepKernelErrors(transferHandlers: Handlers): void {
  const original = transferHandlers.get("throw") as ThrowHandler;
  const keeping: ThrowHandler = {
    canHandle: (value) => original.canHandle(value),
    serialize(thrown) {
      const { value } = thrown as { value: unknown };
      return value instanceof KernelError
        ? [{ kernelError: toKernelErrorRecord(value) }, []]
        : original.serialize(thrown);
    },
    deserialize(serialized) {
      const { kernelError } = serialized as { kernelError?: KernelErrorRecord };
      if (kernelError !== undefined) throw fromKernelErrorRecord(kernelError);
      return original.deserialize(serialized);
    },
  };
  transferHandlers.set("throw", keeping as never);
}
