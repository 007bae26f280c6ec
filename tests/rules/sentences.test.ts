import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { KNOWN_SENTENCES } from "../../app/lib/known-sentences.ts";
import { inProject } from "../../server/paths.ts";

/** Every text in quotes in the server's source, with a number where something is filled in. */
const said = globSync("**/*.ts", { cwd: inProject("server") }).flatMap((file) =>
  [...readFileSync(inProject(`server/${file}`), "utf8").matchAll(/"((?:[^"\\\n]|\\.)*)"|`([^`\n]+)`/g)].map(
    ([, plain, template]) => (plain ?? template ?? "").replaceAll(/\$\{[^}]*\}/g, "7").replaceAll('\\"', '"'),
  ),
);

it.each(KNOWN_SENTENCES.map(({ key, pattern }) => [key, pattern] as const))(
  "the server says what is translated as %s",
  (_key, pattern) => {
    expect(said.filter((sentence) => pattern.test(sentence))).not.toEqual([]);
  },
);
