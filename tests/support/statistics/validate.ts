import { readFileSync } from "node:fs";
import { validateXML } from "xmllint-wasm";
import { inProject } from "../../../server/paths.ts";

const schema = readFileSync(inProject("tests/support/statistics/boinc-statistics.xsd"), "utf8");

/** What is wrong with a statistics file by the schema of BOINC's format; empty: nothing. */
export async function faultsOf(xml: string): Promise<string[]> {
  const { valid, errors } = await validateXML({ xml: { fileName: "file.xml", contents: xml }, schema });
  if (valid) return [];
  return errors.length === 0 ? ["not valid"] : errors.map((error) => error.rawMessage);
}

/** The same document as another program reads it: references resolved, UTF-8. */
export async function asRead(xml: string): Promise<string> {
  const { normalized } = await validateXML({
    xml: { fileName: "file.xml", contents: xml },
    schema,
    normalization: "c14n",
  });
  return normalized;
}
