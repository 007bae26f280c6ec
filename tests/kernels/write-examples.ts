import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KERNEL_SOURCES } from "../../server/cli/build-kernels.ts";
import { alignOracle } from "../oracles/align.ts";
import { atlasOracle } from "../oracles/atlas.ts";
import { alignExamples, whole } from "./align-cases.ts";
import { atlasExamples, atlasInput } from "./atlas-cases.ts";

/** `node tests/kernels/write-examples.ts`: writes the known answers of align and atlas, computed by their references. */

const align = join(KERNEL_SOURCES, "align");
const lambda = await readFile(join(align, "genome/lambda_phage.fa"), "utf8");
for (const [name, example] of Object.entries(alignExamples(lambda))) {
  await writeFile(join(align, `examples/${name}.txt`), example.input);
  await writeFile(join(align, example.genomePath), example.genome);
  await writeFile(join(align, example.readsPath), example.reads);
  await writeFile(join(align, `examples/${name}.csv`), alignOracle(whole(example), example.genome));
}

const atlas = join(KERNEL_SOURCES, "atlas");
for (const [name, tile] of Object.entries(atlasExamples())) {
  await writeFile(join(atlas, `examples/${name}.txt`), atlasInput(tile));
  await writeFile(join(atlas, `examples/${name}.bin`), atlasOracle(atlasInput(tile)));
}
