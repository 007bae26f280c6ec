import { readFile } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";
import type { Recipe } from "../batch/submit-batch.ts";
import { inProject } from "../paths.ts";
import { alignInput, genomeLetters } from "./align-reads.ts";

/** One input, see make-input.ts. */
const { number } = workerData as Recipe;
const genome = genomeLetters(await readFile(inProject("worker/kernels/align/genome/lambda_phage.fa"), "utf8"));
parentPort?.postMessage(new TextEncoder().encode(alignInput(genome, number)));
