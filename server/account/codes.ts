import { createHash, randomInt } from "node:crypto";
import type { Pool } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";

/** Without letters and digits that are mistaken for each other: codes are read aloud and typed. */
const ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
/** 39 bits, for ten minutes, a few hundred attempts an hour. */
const LINK_LENGTH = 8;
/** 117 bits: it works for ever. */
const RECOVERY_LENGTH = 24;
const LINK_SECONDS = 600;
const GROUP = 4;

export type CodeKind = "link" | "recovery";

export type MadeCode = {
  /** In groups of four. Shown once; stored is only what it hashes to. */
  code: string;
  /** Null: for ever. */
  expiresSeconds: number | null;
};

/** A new code for a user; one of the same kind that was made before does not work any more. */
export async function makeCode(
  pool: Pool,
  { userId, kind }: { userId: number; kind: CodeKind },
  nowSeconds: number,
): Promise<MadeCode> {
  const code = randomCode(kind === "link" ? LINK_LENGTH : RECOVERY_LENGTH);
  const expiresSeconds = kind === "link" ? nowSeconds + LINK_SECONDS : null;
  await pool.query("delete from account_code where user_id = $1 and kind = $2", [userId, kind]);
  await pool.query(
    "insert into account_code (hash, kind, user_id, created_seconds, expires_seconds) values ($1, $2, $3, $4, $5)",
    [hashOf(code), kind, userId, nowSeconds, expiresSeconds],
  );
  return { code, expiresSeconds };
}

/**
 * Whom a code stands for. A link code is used up by it, a recovery code works again.
 * @throws {Refusal} `not_found`: the same sentence whether it never was, was used or has run out.
 */
export async function userOfCode(
  pool: Pool,
  { code, kind }: { code: string; kind: CodeKind },
  nowSeconds: number,
): Promise<number> {
  const find = "from account_code where hash = $1 and kind = $2 and (expires_seconds is null or expires_seconds > $3)";
  const { rows } = await pool.query<{ userId: number }>(
    kind === "link" ? `delete ${find} returning user_id as "userId"` : `select user_id as "userId" ${find}`,
    [hashOf(code), kind, nowSeconds],
  );
  if (rows[0] !== undefined) return rows[0].userId;
  throw new Refusal("not_found", "This code is not right, or does not work any more.");
}

function randomCode(length: number): string {
  const letters = Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  return letters.replace(new RegExp(`.{${GROUP}}(?=.)`, "g"), "$&-");
}

/** Typed in lower case, with blanks, without dashes: the same code. */
function hashOf(code: string): string {
  return createHash("sha256")
    .update(code.toUpperCase().replace(/[^0-9A-Z]/g, ""))
    .digest("hex");
}
