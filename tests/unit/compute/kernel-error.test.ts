import { MessageChannel } from "node:worker_threads";
import * as Comlink from "comlink";
import { afterEach, describe, expect, it } from "vitest";
import { keepKernelErrors } from "../../../worker/compute/comlink-errors.ts";
import {
  fromKernelErrorRecord,
  KERNEL_ERROR_CODES,
  KernelError,
  toKernelErrorRecord,
} from "../../../worker/compute/kernel-error.ts";
import { nodeEndpoint } from "../../../worker/hosts/node/node-endpoint.ts";

describe("a KernelError keeps its class", () => {
  it.each(KERNEL_ERROR_CODES)("%s survives being written down", (code) => {
    const error = new KernelError(code, "a sentence", { kernelCode: 7, cause: new Error("why") });
    const copy = fromKernelErrorRecord(structuredClone(toKernelErrorRecord(error)));
    expect(copy).toBeInstanceOf(KernelError);
    expect({ ...copy, message: copy.message }).toMatchObject({
      code,
      blame: error.blame,
      kernelCode: 7,
      message: "a sentence",
    });
    expect(copy.cause).toBe("why");
  });

  const ports: { close(): void }[] = [];
  afterEach(() => {
    for (const port of ports.splice(0)) port.close();
  });

  it("over Comlink, and other errors travel as before", async () => {
    keepKernelErrors(Comlink.transferHandlers);
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    const thrower = {
      kernel: (): void => {
        throw new KernelError("device_lost", "gone", { blame: "device" });
      },
      other: (): void => {
        throw new TypeError("not now");
      },
    };
    Comlink.expose(thrower, nodeEndpoint(port1));
    const remote = Comlink.wrap<typeof thrower>(nodeEndpoint(port2));
    const error = await remote.kernel().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KernelError);
    expect(error).toMatchObject({ code: "device_lost", blame: "device", message: "gone" });
    await expect(remote.other()).rejects.toThrow("not now");
  });
});
