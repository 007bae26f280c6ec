import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { type JsonSchema, schemaFields } from "../../app/docs/kernels/schema-fields.ts";
import {
  httpCommands,
  KERNEL_COMMANDS,
  publishCommands,
  SUBMIT_COMMANDS,
  WATCH_COMMANDS,
} from "../../app/docs/quickstart/commands.ts";
import { kernelManifestSchema } from "../../server/core/wire/kernel-manifest.ts";
import { ENDPOINTS } from "../../server/openapi/endpoints.ts";
import { inProject } from "../../server/paths.ts";

const read = (path: string) => readFileSync(inProject(path), "utf8");

describe("the reference of kernel.json", () => {
  const fields = schemaFields(z.toJSONSchema(kernelManifestSchema, { io: "input" }) as JsonSchema);

  it.each(["en", "de"])("says of every field what it means, and of no other (%s)", (locale) => {
    const { field } = JSON.parse(read(`app/messages/${locale}/docsKernel.json`)) as { field: Record<string, string> };
    expect(fields.map(({ key }) => key).sort()).toEqual(Object.keys(field).sort());
  });

  it("merges alternatives, and knows what is required, limited and left out", () => {
    const field = (path: string) => fields.find((one) => one.path === path);
    expect(field("comparator.type")).toMatchObject({
      types: ['"exact"', '"tolerant"', '"statistical"', '"custom"'],
      isRequired: true,
    });
    expect(field("comparator.ulp")).toMatchObject({ types: ["integer"], limits: ["x ≥ 0"], isRequired: false });
    expect(field("limits.stepSeconds")).toMatchObject({
      limits: ["x > 0", "x ≤ 60"],
      default: "20",
      isRequired: false,
    });
    expect(field("files")).toMatchObject({ types: ["string[]"], default: "[]" });
    expect(field("examples[].name")).toMatchObject({ isRequired: true });
    expect(field("backends.wgsl.passes[].workgroups")?.types).toEqual(["integer", "object"]);
    expect(field("nothing")).toBeUndefined();
  });
});

describe("the quickstart", () => {
  it("has the kernel made by the same commands as the README, which a test of kernel:new runs", () => {
    const plain = (text: string) => text.replaceAll(/ +#.*$/gm, "");
    for (const document of ["README.md", "worker/kernels/README.md"]) {
      expect(plain(read(document))).toContain(KERNEL_COMMANDS.join("\n"));
    }
  });

  it("types only commands and options of the terminal program that are there", () => {
    const program = ["account", "batch", "kernel"]
      .map((part) => read(`worker/client/cli/${part}-commands.ts`))
      .join("\n");
    const lines = [...publishCommands("https://site.example"), ...SUBMIT_COMMANDS, ...WATCH_COMMANDS];
    const typed = lines.flatMap((line) => [...line.matchAll(/(?:^|\| )quorate (\w+)(.*)$/g)]);
    expect(typed.map(([, command]) => command)).toEqual(["login", "publish", "submit", "watch", "results"]);
    for (const [, command, rest = ""] of typed) {
      expect(program).toContain(`.command("${command}")`);
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) expect(program).toMatch(new RegExp(`"[^"]*${option} <`));
    }
  });

  it("installs what the site serves", () => {
    const [install = ""] = publishCommands("");
    const path = install.split(" ").at(-1) ?? "";
    expect(read("server/download/client-route.ts")).toContain(`path: "${path}"`);
  });

  it("calls only addresses that the HTTP API describes", () => {
    const described = [...ENDPOINTS.map(({ path }) => path), "/batches/{id}/results.{format}"];
    const patterns = described.map((path) => new RegExp(`^/api${path.replaceAll(/\{\w+\}/g, "[\\w-]+")}$`));
    const called = httpCommands("").map((line) => line.split(" ").at(-1) ?? "");
    expect(called.filter((path) => !patterns.some((pattern) => pattern.test(path)))).toEqual([]);
    expect(read("server/openapi/endpoints.ts")).toContain(`path: "${described.at(-1)}"`);
  });
});
