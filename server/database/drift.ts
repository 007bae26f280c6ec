import { randomUUID } from "node:crypto";
import { MIGRATIONS_FOLDER, type MigrationSource, migrate, SCHEMA_FOLDER } from "./migrate.ts";
import { openPool, type Pool } from "./pool.ts";

/** Everything of a schema that changes what a statement may do, one line each: also what Prisma's schema cannot say. */
const DESCRIBE = `
  select 'table ' || c.relname || ' ' || c.relkind::text || ' ' || coalesce(pg_get_partkeydef(c.oid), '')
         || coalesce(pg_get_expr(c.relpartbound, c.oid), '') as line
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S')
  union all
  select 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
         || case when a.attnotnull then ' not null' else '' end
         || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
  union all
  select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    from pg_constraint where connamespace = 'public'::regnamespace
  union all
  select 'index ' || indexdef from pg_indexes where schemaname = 'public'
  union all
  select 'trigger ' || pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
   where c.relnamespace = 'public'::regnamespace and not t.tgisinternal
  union all
  select 'function ' || pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace and prokind in ('f', 'p')
  union all
  select 'type ' || t.typname || ' ' || coalesce(string_agg(e.enumlabel, ',' order by e.enumsortorder), '')
    from pg_type t left join pg_enum e on e.enumtypid = t.oid
   where t.typnamespace = 'public'::regnamespace and t.typtype in ('e', 'd') group by t.oid, t.typname`;

export type Drift = {
  /** What the migrations make and the database lacks. */
  missing: string[];
  /** What the database has and no migration makes. */
  extra: string[];
};

/** The schema `public`, described: equal descriptions, equal schemas. */
export async function describeSchema(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ line: string }>(DESCRIBE);
  return rows.map((row) => row.line).sort();
}

/**
 * Compares the database at `url` with what the migrations make, by making it once beside it; the user of `url` must be
 * allowed to create a database for a moment.
 */
export async function findDrift(
  url: string,
  source: MigrationSource = { schemaFolder: SCHEMA_FOLDER, migrationsFolder: MIGRATIONS_FOLDER },
): Promise<Drift> {
  const live = openPool(url, { maxConnections: 1 });
  const name = `drift_${randomUUID().replaceAll("-", "")}`;
  try {
    await live.query(`create database ${name} template template0`);
    const beside = new URL(url);
    beside.pathname = `/${name}`;
    await migrate(beside.href, source);
    const ideal = openPool(beside.href, { maxConnections: 1 });
    const [has, should] = [await describeSchema(live), await describeSchema(ideal)];
    await ideal.end();
    const hasSet = new Set(has);
    const shouldSet = new Set(should);
    return {
      missing: should.filter((line) => !hasSet.has(line)),
      extra: has.filter((line) => !shouldSet.has(line)),
    };
  } finally {
    await live.query(`drop database if exists ${name} with (force)`);
    await live.end();
  }
}
