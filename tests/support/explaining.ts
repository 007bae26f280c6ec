import type { Pool } from "../../server/database/pool.ts";

/** How PostgreSQL answered one statement. */
export type Plan = {
  text: string;
  /** "Index Only Scan credit_balance": every scan of a table, however often. */
  scans: string[];
  /** Rows of the largest sort. */
  sorted: number;
  /** Pages it looked at. */
  buffers: number;
  /** Time it took, without planning. */
  ms: number;
};

type Node = {
  "Node Type": string;
  "Relation Name"?: string;
  "Actual Rows": number;
  "Shared Hit Blocks": number;
  "Shared Read Blocks": number;
  Plans?: Node[];
};

/** The same pool, which notes how each statement was really carried out (it runs twice: statements that only read). */
export function explaining(pool: Pool): { pool: Pool; plans: Plan[] } {
  const plans: Plan[] = [];
  const query = async (text: string, values?: unknown[]) => {
    const { rows } = await pool.query(`explain (analyze, buffers, format json) ${text}`, values);
    const [{ Plan: root, "Execution Time": ms }] = rows[0]["QUERY PLAN"] as [{ Plan: Node; "Execution Time": number }];
    const nodes = [...walk(root)];
    const scans = nodes.flatMap((node) => {
      const table = node["Relation Name"];
      return table === undefined ? [] : [`${node["Node Type"]} ${table}`];
    });
    const sorted = Math.max(
      0,
      ...nodes.filter(({ "Node Type": type }) => type.endsWith("Sort")).map((node) => node["Actual Rows"]),
    );
    plans.push({ text, scans, sorted, buffers: root["Shared Hit Blocks"] + root["Shared Read Blocks"], ms });
    return await pool.query(text, values);
  };
  return {
    pool: new Proxy(pool, { get: (target, key) => (key === "query" ? query : Reflect.get(target, key)) }),
    plans,
  };
}

function* walk(node: Node): Generator<Node> {
  yield node;
  for (const child of node.Plans ?? []) yield* walk(child);
}
