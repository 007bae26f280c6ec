import type { JsonSchema } from "../../server/core/wire/json-schema.ts";

export type SchemaField = {
  /** `backends.wgsl.passes[].entryPoint` */
  path: string;
  /** The path as a key of docsKernel.json. */
  key: string;
  /** Alternatives: "integer", "text", or a literal value. */
  types: string[];
  /** "1 to 8", "at most 80 characters"-like facts in signs only, so that they need no translation. */
  limits: string[];
  /** In every alternative of the object it stands in. */
  isRequired: boolean;
  default: string | null;
  /** What the schema itself says of it. */
  words: string | null;
};

/** Every field of a schema in its order, those of alternatives merged by path. */
export function schemaFields(schema: JsonSchema): SchemaField[] {
  const fields = new Map<string, SchemaField>();
  visit(schema, "", fields);
  return [...fields.values()];
}

function visit(schema: JsonSchema, path: string, fields: Map<string, SchemaField>): void {
  const alternatives = alternativesOf(schema);
  const names = new Set(alternatives.flatMap(({ properties = {} }) => Object.keys(properties)));
  for (const name of names) {
    const having = alternatives.filter(({ properties }) => properties?.[name] !== undefined);
    const isRequired = alternatives.every(({ required }) => required?.includes(name) ?? false);
    const fieldPath = path === "" ? name : `${path}.${name}`;
    for (const { properties } of having) {
      const inner = properties?.[name];
      if (inner === undefined) continue;
      note(fields, fieldPath, inner, isRequired);
      visit(inner.items ?? inner, inner.items === undefined ? fieldPath : `${fieldPath}[]`, fields);
    }
  }
  for (const { additionalProperties } of alternatives) {
    if (typeof additionalProperties === "object") visit(additionalProperties, `${path}.*`, fields);
  }
}

const alternativesOf = (schema: JsonSchema): readonly JsonSchema[] => schema.anyOf ?? schema.oneOf ?? [schema];

function note(fields: Map<string, SchemaField>, path: string, schema: JsonSchema, isRequired: boolean): void {
  const known = fields.get(path);
  const all = alternativesOf(schema);
  fields.set(path, {
    path,
    key: path.replaceAll(/\[\]|\$/g, "").replaceAll(".", "_"),
    types: unique([...(known?.types ?? []), ...all.flatMap(typesOf)]),
    limits: unique([...(known?.limits ?? []), ...all.flatMap(limitsOf)]),
    isRequired,
    default: schema.default === undefined ? (known?.default ?? null) : JSON.stringify(schema.default),
    words: known?.words ?? schema.description ?? null,
  });
}

const unique = (texts: readonly string[]) => [...new Set(texts)];

function typesOf(schema: JsonSchema): string[] {
  if (schema.$ref !== undefined) return [nameOf(schema.$ref)];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value));
  if (schema.items !== undefined) {
    const inner = alternativesOf(schema.items).flatMap(typesOf);
    return unique(inner).map((type) => `${type}[]`);
  }
  return typeof schema.type === "string" ? [schema.type] : [...(schema.type ?? [])];
}

/** `#/components/schemas/Options` is called Options. */
export const nameOf = (reference: string): string => reference.slice(reference.lastIndexOf("/") + 1);

function limitsOf(schema: JsonSchema): string[] {
  const limits: string[] = [];
  const range = (sign: string, least: number | undefined, most: number | undefined) => {
    const isBound = most !== undefined && most < Number.MAX_SAFE_INTEGER;
    // Whole numbers as far as they are exact: no limit that anybody would state.
    if (least === Number.MIN_SAFE_INTEGER) return range(sign, undefined, most);
    if (least !== undefined && isBound) limits.push(`${least} ≤ ${sign} ≤ ${most}`);
    else if (least !== undefined) limits.push(`${sign} ≥ ${least}`);
    else if (isBound) limits.push(`${sign} ≤ ${most}`);
  };
  if (schema.exclusiveMinimum !== undefined) limits.push(`x > ${schema.exclusiveMinimum}`);
  range("x", schema.minimum, schema.maximum);
  range("length", schema.minLength, schema.maxLength);
  range("length", schema.minItems, schema.maxItems);
  if (schema.multipleOf !== undefined) limits.push(`x mod ${schema.multipleOf} = 0`);
  if (schema.pattern !== undefined) limits.push(schema.pattern);
  return limits;
}
