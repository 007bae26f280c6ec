import type { JsonSchema } from "../../server/core/wire/json-schema.ts";

/**
 * What of a value is not as a schema describes it: types, required fields, texts that are listed, and, where a schema names
 * fields, fields that it does not name. Each with its path; empty: it fits.
 */
export function misfits(value: unknown, schema: JsonSchema, named: Record<string, JsonSchema>, path = ""): string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
    const found = named[name];
    return found === undefined ? [`${path}: there is no ${name}`] : misfits(value, found, named, path);
  }
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) {
    const tries = alternatives.map((each) => misfits(value, each, named, path));
    return tries.find((found) => found.length === 0) ?? tries.sort((a, b) => a.length - b.length)[0] ?? [];
  }
  if (schema.const !== undefined && value !== schema.const) return [`${path} is ${JSON.stringify(value)}`];
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${path} is ${JSON.stringify(value)}`];
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) return [`${path} is no ${types.join(" or ")}`];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? [] : value.flatMap((each, at) => misfits(each, items, named, `${path}[${at}]`));
  }
  if (typeof value !== "object" || value === null) return [];
  return fieldMisfits(value as Record<string, unknown>, schema, named, path);
}

function fieldMisfits(
  value: Record<string, unknown>,
  { properties = {}, required = [] }: JsonSchema,
  named: Record<string, JsonSchema>,
  path: string,
): string[] {
  const names = Object.keys(properties);
  const missing = required.filter((name) => !(name in value)).map((name) => `${path}.${name} is missing`);
  if (names.length === 0) return missing;
  const found = Object.entries(value).flatMap(([name, inner]) => {
    const field = properties[name];
    return field === undefined ? [`${path}.${name} is not described`] : misfits(inner, field, named, `${path}.${name}`);
  });
  return [...missing, ...found];
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}
