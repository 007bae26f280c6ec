import { access, cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inProject, PROJECT_ROOT } from "../paths.ts";

/** The folder that new kernels are copied from: a small kernel that works, with every file a kernel has. */
const TEMPLATE = inProject("worker/kernels/template/new-kernel");
const TEMPLATE_NAME = "new-kernel";
/** It goes to the tests. */
const TEST_FILE = "kernel.test.ts";
const NAME = /^[a-z][a-z0-9-]{1,39}$/;

export class NewKernelError extends Error {}

export type NewKernel = { folder: string; testFile: string };

/**
 * Makes worker/kernels/NAME and tests/kernels/NAME.test.ts below `root`. Both build and pass as they are.
 * @throws {NewKernelError} when the name cannot be one, or is taken.
 */
export async function createKernel(name: string, root: string = PROJECT_ROOT): Promise<NewKernel> {
  if (!NAME.test(name)) {
    throw new NewKernelError(
      "A kernel's name has lower-case letters, digits and dashes, 2 to 40 characters, a letter first.",
    );
  }
  const folder = join(root, "worker/kernels", name);
  const testFile = join(root, "tests/kernels", `${name}.test.ts`);
  for (const path of [folder, testFile]) {
    if (await exists(path)) throw new NewKernelError(`${path} is there already; choose another name.`);
  }
  await mkdir(join(root, "tests/kernels"), { recursive: true });
  // Whole or not at all: an interrupted copy must not look like a kernel.
  const unfinished = `${folder}.tmp`;
  await rm(unfinished, { recursive: true, force: true });
  await cp(TEMPLATE, unfinished, { recursive: true });
  for (const file of await readdir(unfinished)) {
    if (!/\.(json|ts|wgsl|md)$/.test(file)) continue;
    const text = await readFile(join(unfinished, file), "utf8");
    await writeFile(join(unfinished, file), text.replaceAll(TEMPLATE_NAME, name));
  }
  await rename(join(unfinished, TEST_FILE), testFile);
  await rename(unfinished, folder);
  return { folder, testFile };
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** `npm run kernel:new -- NAME` */
async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || rest.length > 0) {
    console.error("usage: npm run kernel:new -- NAME");
    return 2;
  }
  try {
    const { folder, testFile } = await createKernel(name);
    console.log(`${folder}\n${testFile}\n\nnext: npm run build:kernels -- --only ${name}`);
    return 0;
  } catch (error) {
    if (!(error instanceof NewKernelError)) throw error;
    console.error(error.message);
    return 1;
  }
}

if (import.meta.main) process.exit(await main(process.argv.slice(2)));
