/** One column of rows that a statement takes apart with `unnest`. */
export type ColumnValue = string | number | boolean | null;

/**
 * A column as PostgreSQL's text form of an array, one dimension: {1,2,NULL} or {"a","b"}. Null where all of it is null, as
 * many columns of a report are: `unnest` fills up what is shorter. (pg makes every element text, quotes it and looks for
 * what must be escaped in it twice: measured, eight times the time for numbers, three for digests.)
 */
export function arrayLiteral(values: readonly ColumnValue[]): string | null {
  let text = "";
  let known = false;
  for (const value of values) {
    if (text !== "") text += ",";
    if (value === null) text += "NULL";
    else {
      known = true;
      text += typeof value === "string" ? quoted(value) : String(value);
    }
  }
  return known || values.length === 0 ? `{${text}}` : null;
}

const SPECIAL = /["\\]/;

function quoted(value: string): string {
  return SPECIAL.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : `"${value}"`;
}
