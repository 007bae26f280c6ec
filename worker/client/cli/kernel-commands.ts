import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { createKernelTypes } from "../kernel-types.ts";
import { createKey, publicKeyOf, signAppVersion } from "../sign-version.ts";
import type { Cli } from "./cli.ts";
import { proveLocally, readLocalPackage } from "./kernel-package.ts";
import { Failed, Misused } from "./terminal.ts";

/** From a kernel in a folder to a published version. */
export function addKernelCommands(program: Command, cli: Cli): void {
  program
    .command("check")
    .argument("<path>", "a kernel's folder, or its zip")
    .description("checks a kernel and computes its examples here; publishes nothing")
    .action(async (path: string) => {
      const { kernel, hash } = await readLocalPackage(path);
      const { name, version } = kernel.manifest;
      const proof = await proveLocally(kernel, cli.terminal().note);
      const text = `${name} ${version} is sound${proof === null ? "; it has no WASM part to compute here" : ", and its examples give their known answers"}.\n${hash}`;
      await cli.terminal().answer({ name, version, hash, proof }, text);
    });

  program
    .command("publish")
    .argument("<path>", "a kernel's folder, or its zip")
    .requiredOption("-p, --project <slug>", "the project, of which you must be an admin")
    .option("--no-prove", "leave the examples to the site, which computes them in any case")
    .description("checks a kernel, computes its examples here, and publishes it; a token needs the scope publish")
    .action(async (path: string, { project, prove }: { project: string; prove: boolean }) => {
      const terminal = cli.terminal();
      const client = await cli.client();
      const { kernel, zip } = await readLocalPackage(path);
      if (prove) await proveLocally(kernel, terminal.note);
      terminal.note("uploading; the site computes the examples once more");
      const published = await client.publish(project, await zip());
      const said = published.isNew ? "Published" : "This was published before:";
      const name = `${project}/${published.app}@${published.version}`;
      await terminal.answer({ ...published, project }, `${said} ${name}\n${published.hash}`);
    });

  program
    .command("keygen")
    .argument("<file>", "where the private key goes; it must not be there yet")
    .description("makes an Ed25519 key with which you vouch for what you publish; it never leaves this machine")
    .action(async (file: string) => {
      const { privateKey, publicKey } = createKey();
      await writeFile(file, privateKey, { mode: 0o600, flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
        throw error.code === "EEXIST" ? new Failed(`${file} is there already; a key is never written over`) : error;
      });
      await cli
        .terminal()
        .answer({ file, publicKey }, `${publicKey}\nThe private key is in ${file}. Keep it for yourself.`);
    });

  program
    .command("sign")
    .argument("<folder>", "a kernel's folder")
    .requiredOption("-k, --key <file>", "the private key that keygen made")
    .description("writes signature.json beside kernel.json, which publish sends along")
    .action(async (folder: string, { key }: { key: string }) => {
      if (!(await stat(folder).catch(() => null))?.isDirectory()) throw new Misused(`${folder} is no folder`);
      const { hash } = await readLocalPackage(folder);
      const privateKey = await readFile(key, "utf8");
      const signature = signAppVersion(privateKey, hash);
      await writeFile(join(folder, "signature.json"), `${JSON.stringify(signature, null, 2)}\n`);
      const publicKey = publicKeyOf(privateKey);
      await cli.terminal().answer({ hash, publicKey }, `Signed ${hash}\nwith ${publicKey}`);
    });

  program
    .command("versions")
    .argument("<project>", "its slug")
    .description("what can be computed in a project")
    .action(async (project: string) => {
      const versions = await (await cli.client()).versions(project);
      const lines = versions.map(
        ({ app, version, state, title }) => `${project}/${app}@${version}  ${state}  ${title}`,
      );
      await cli.terminal().answer(versions, lines.join("\n") || `${project} has no published version.`);
    });

  program
    .command("types")
    .argument("<app>", "PROJECT/APP or PROJECT/APP@VERSION")
    .description(
      "writes a TypeScript file with the types of an app's inputs and outputs, for the client's map and submit",
    )
    .action(async (app: string) => {
      const version = await (await cli.client()).findVersion(app);
      await cli.terminal().write(createKernelTypes(app.split("/")[0] ?? "", version));
    });
}
