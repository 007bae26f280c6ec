import type { KernelErrorRecord } from "../../../worker/compute/kernel-error.ts";
import type { Bytes, LoadedKernel } from "../../../worker/compute/runtimes/runtime.ts";
import type { ComputeTask, Pace, ProbeRequest } from "../../../worker/protocol.ts";
import type { DriveRequest } from "../drive.ts";

/** What crosses `page.evaluate`: JSON with bytes as base64. */

export type LabCall =
  | { type: "load"; key: string; kernel: LoadedKernel }
  | ({ type: "drive"; key: string } & Omit<DriveRequest, "kernel">)
  | { type: "capabilities" }
  | { type: "run"; task: ComputeTask; stopAt?: number; pace?: Pace }
  | { type: "probe"; request: ProbeRequest }
  /** A package's files by path, kernel.json among them, as somebody drops them. */
  | { type: "prove"; files: Readonly<Record<string, Bytes>> };

export type LabReply =
  | { ok: true; value: unknown }
  | { ok: false; kernelError: KernelErrorRecord | null; message: string };

const BYTES_KEY = "$bytes";

export function encode(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (!(part instanceof Uint8Array)) return part;
    let binary = "";
    for (const byte of part) binary += String.fromCharCode(byte);
    return { [BYTES_KEY]: btoa(binary) };
  });
}

export function decode(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) => {
    if (typeof part !== "object" || part === null || !(BYTES_KEY in part)) return part;
    return Uint8Array.from(atob(String(part[BYTES_KEY])), (character) => character.charCodeAt(0));
  });
}
