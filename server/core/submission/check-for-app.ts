import type { KernelManifest } from "../wire/kernel-manifest.ts";
import type { BatchOptions, WorkunitDraft } from "./draft.ts";
import type { Read } from "./reader.ts";
import { checkDraft } from "./to-draft.ts";

/** What an app says of the workunits that it takes. */
export type Takes = Pick<KernelManifest, "input" | "files"> & { limits: Pick<KernelManifest["limits"], "inputBytes"> };

/** A draft as this app takes it, or what is wrong with it: the same on the server and in a submitter's browser. */
export function checkForApp(
  takes: Takes,
  options: Pick<BatchOptions, "files" | "flops">,
  read: Read<unknown>,
): Read<WorkunitDraft> {
  if ("fault" in read) return read;
  const checked = checkDraft({ line: read.line, value: read.value }, takes.input);
  if ("fault" in checked) return checked;
  const { value: draft } = checked;
  const line = draft.line ?? read.line;
  const { inputBytes } = takes.limits;
  const bytes = bytesOfInput(draft);
  if (bytes > inputBytes) return { line, fault: `its input has ${bytes} bytes, the app takes ${inputBytes}` };
  if (draft.flops === undefined && options.flops === undefined) return { line, fault: "flops is missing" };
  const given = Object.keys({ ...options.files, ...draft.files })
    .sort()
    .join(", ");
  const wanted = [...takes.files].sort().join(", ");
  if (given !== wanted) return { line, fault: `it names the files (${given}), the app wants (${wanted})` };
  return { line, value: draft };
}

/** Bytes of an input; 0 where it is a stored file, whose size is known elsewhere. */
function bytesOfInput({ input, inputBase64 }: WorkunitDraft): number {
  if (input !== undefined) return utf8Bytes(input);
  if (inputBase64 === undefined) return 0;
  const padding = inputBase64.endsWith("==") ? 2 : inputBase64.endsWith("=") ? 1 : 0;
  return (inputBase64.length / 4) * 3 - padding;
}

function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // Each half of a pair counts two: four bytes together.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}
