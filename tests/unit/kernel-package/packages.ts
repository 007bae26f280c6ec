import { zipSync } from "fflate";
import { type PackageReading, readPackageFiles, readPackageZip } from "../../../worker/compute/package/read-package.ts";
import type { Bytes } from "../../../worker/compute/runtimes/runtime.ts";
import { fixtureManifest, unitsInput, unitsOutput, watModule } from "../../kernels/wat-kernels.ts";
import { shaderKernel } from "../../kernels/wgsl-fixtures.ts";

/** Packages as people hand them in, good ones and others. */

export type Files = Record<string, Bytes>;

export const text = (value: unknown): Bytes =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value, null, 2));

let assembled: Promise<Bytes> | undefined;

/** Assembled once: starting the assembler takes longer than reading a package. */
function honestModule(): Promise<Bytes> {
  assembled ??= watModule();
  return assembled;
}

/** An honest package; what is given replaces its files, null takes one away. */
export async function honestFiles(changed: Record<string, Bytes | null> = {}): Promise<Files> {
  const manifest = fixtureManifest("honest", { wasm: { module: "kernel.wasm", maxMemoryPages: 4 } });
  const files: Record<string, Bytes | null> = {
    "kernel.json": text(manifest),
    "kernel.wasm": await honestModule(),
    "one.bin": unitsInput(4),
    "one.out": unitsOutput(4),
    ...changed,
  };
  return Object.fromEntries(Object.entries(files).filter((entry): entry is [string, Bytes] => entry[1] !== null));
}

/** The honest shader's package; `shader` replaces its text, `manifest` parts of kernel.json. */
export function shaderFiles({
  shader,
  manifest = {},
}: {
  shader?: (source: string) => string;
  manifest?: object;
}): Files {
  const kernel = shaderKernel("shaded");
  const source = kernel.shader ?? "";
  return {
    "kernel.json": text({ ...kernel.manifest, ...manifest }),
    "kernel.wgsl": text(shader === undefined ? source : shader(source)),
    "one.bin": new Uint8Array(0),
    "one.out": unitsOutput(100),
  };
}

export function zip(files: Files): Bytes {
  return Uint8Array.from(zipSync(files));
}

export const fromZip = (files: Files): Promise<PackageReading> => readPackageZip(zip(files));

export function fromDrop(files: Files, root = ""): Promise<PackageReading> {
  return readPackageFiles(
    Object.entries(files).map(([path, bytes]) => ({
      file: {
        name: path.split("/").at(-1) ?? path,
        size: bytes.byteLength,
        webkitRelativePath: `${root}${path}`,
        arrayBuffer: async () => bytes.slice().buffer,
      },
    })),
  );
}

/** The first faults, as one would read them. */
export async function faultsOf(reading: PackageReading | Promise<PackageReading>): Promise<string[]> {
  const read = await reading;
  if (read.ok) return [];
  return read.faults.map(({ file, line, column, problem, remedy }) => {
    const place = [file, ...(line === undefined ? [] : [line]), ...(column === undefined ? [] : [column])].join(":");
    if (problem === "" || remedy === "" || /\.$/.test(problem)) throw new Error(`a fault without sense: ${problem}`);
    return `${place}: ${problem}`;
  });
}
