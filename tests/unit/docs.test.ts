import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { quickstartBlocks } from "../../app/docs/quickstart/steps.ts";
import { schemaFields } from "../../app/docs/schema-fields.ts";
import type { JsonSchema } from "../../server/core/wire/json-schema.ts";
import { kernelManifestSchema } from "../../server/core/wire/kernel-manifest.ts";
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
  it("has the kernel made by the same commands as the READMEs", () => {
    const typed = quickstartBlocks("").kernel.map(({ text }) => text);
    const plain = (text: string) => text.replaceAll(/ +#.*$/gm, "");
    for (const document of ["README.md", "worker/kernels/README.md"]) {
      expect(plain(read(document))).toContain(typed.join("\n"));
    }
  });
});
