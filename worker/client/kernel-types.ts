import type { AppVersion } from "./types.ts";

/** A TypeScript file for an app: passed to `map` and `submit` in place of its name, inputs and outputs have their types. */
export function createKernelTypes(project: string, { app, version, input, output }: AppVersion): string {
  const schema = { app: `${project}/${app}@${version}`, ...(input === null ? {} : { input }), output };
  return `/** ${project}/${app} ${version}, written by \`quorate types ${project}/${app}\`. */\nexport default ${JSON.stringify(schema, null, 2)} as const;\n`;
}
