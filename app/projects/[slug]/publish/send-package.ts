import { zipSync } from "fflate";
import type { PackageFault } from "../../../../server/core/wire/package-fault.ts";
import type { ReadPackage } from "../../../../worker/compute/package/read-package.ts";

export type Sent = { appVersionId: number; app: string; version: string; hash: string; isNew: boolean };

/** A refusal of the server, in the form that refusalText takes. */
export class SendError extends Error {
  readonly data: { refusal: string | undefined } | undefined;
  readonly faults: readonly PackageFault[];

  constructor(message: string, data: { refusal: string | undefined } | undefined, faults: readonly PackageFault[]) {
    super(message);
    this.data = data;
    this.faults = faults;
  }
}

/** Publishes a package; the server checks it again and computes its examples again. @throws {SendError} */
export async function sendPackage(slug: string, kernel: ReadPackage, zip: File | null): Promise<Sent> {
  const body = zip ?? new Blob([zipOf(kernel)]);
  const headers = { "content-type": "application/zip" };
  let response: Response;
  try {
    response = await fetch(`/api/projects/${encodeURIComponent(slug)}/versions`, { method: "POST", headers, body });
  } catch (cause) {
    throw new SendError(String(cause), undefined, []);
  }
  const answer = (await response.json().catch(() => ({}))) as {
    code?: string;
    message?: string;
    error?: string;
    faults?: PackageFault[];
  };
  if (response.ok) return answer as Sent;
  throw new SendError(answer.message ?? answer.error ?? "", { refusal: answer.code }, answer.faults ?? []);
}

/** Above this, packing would keep the page busy for longer than the upload saves. */
const PACKED_BYTES_MAX = 8 * 1024 * 1024;

function zipOf({ manifest, files, signature }: ReadPackage): Uint8Array<ArrayBuffer> {
  const bytes = [...files.values()].reduce((sum, file) => sum + file.byteLength, 0);
  const json = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
  const entries = {
    "kernel.json": json(manifest),
    ...(signature === undefined ? {} : { "signature.json": json(signature) }),
    ...Object.fromEntries(files),
  };
  return Uint8Array.from(zipSync(entries, { level: bytes > PACKED_BYTES_MAX ? 1 : 6 }));
}
