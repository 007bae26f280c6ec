import { randomUUID } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import { ColumnTypeEnum, type SqlQuery } from "@prisma/driver-adapter-utils";
import pg from "pg";

type Adapter = Awaited<ReturnType<PrismaPg["connect"]>>;
type ColumnType = (typeof ColumnTypeEnum)[keyof typeof ColumnTypeEnum];
/** PostgreSQL's one-byte type "char", in which its catalog keeps most of its flags. */
const CHAR_OID = 18;
const TEXT_OID = 25;

/**
 * `PrismaPg` as Prisma's schema engine needs it. The adapter as published serves queries but not migrations; three
 * repairs are made here (each failure was seen with 7.10.0):
 * - `executeScript` splits at every semicolon, also inside `$$ function bodies $$`: the script goes to the server whole.
 * - catalog columns of type "char" are refused: they are read as text.
 * - the shadow database is the real one (the connection string wins over the database name), and is left behind: a
 *   database of its own is created, and dropped with force.
 */
export class MigrationPg extends PrismaPg {
  readonly #url: string;
  readonly #pool: pg.Pool;

  constructor(url: string) {
    const pool = new pg.Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 10_000 });
    super(pool, { disposeExternalPool: true });
    this.#url = url;
    this.#pool = pool;
  }

  /** Closes the connection; the engine itself does not always dispose of what it opened. */
  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }

  override async connect(): Promise<Adapter> {
    return repair(await super.connect());
  }

  override async connectToShadowDb(): Promise<Adapter> {
    const name = `shadow_${randomUUID().replaceAll("-", "")}`;
    const owner = new pg.Client(this.#url);
    await owner.connect();
    await owner.query(`create database ${name} template template0`);
    const url = new URL(this.#url);
    url.pathname = `/${name}`;
    const adapter = new MigrationPg(url.href);
    const shadow = await adapter.connect();
    shadow.dispose = async () => {
      await adapter.close();
      await owner.query(`drop database ${name} with (force)`);
      await owner.end();
    };
    return shadow;
  }
}

/** The part of the adapter that its types hide: one statement in, rows as arrays out. */
type WithPerformIo = { performIO(query: SqlQuery): Promise<pg.QueryArrayResult> };

function repair(adapter: Adapter): Adapter {
  adapter.executeScript = async (sql) => {
    await adapter.underlyingDriver().query(sql);
  };
  const hidden = adapter as unknown as WithPerformIo;
  const performIo = hidden.performIO.bind(adapter);
  const queryRaw = adapter.queryRaw.bind(adapter);
  // One connection, one statement at a time: what performIO saw belongs to the queryRaw around it.
  let charColumns: number[] = [];
  hidden.performIO = async (query) => {
    const result = await performIo(query);
    charColumns = [];
    for (const [index, field] of result.fields.entries()) {
      if (field.dataTypeID !== CHAR_OID) continue;
      charColumns.push(index);
      field.dataTypeID = TEXT_OID;
    }
    return result;
  };
  adapter.queryRaw = async (query) => {
    const rows = await queryRaw(query);
    for (const index of charColumns) (rows.columnTypes as ColumnType[])[index] = ColumnTypeEnum.Character;
    return rows;
  };
  return adapter;
}
