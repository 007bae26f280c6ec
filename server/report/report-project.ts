import { RateLimiterMemory } from "rate-limiter-flexible";
import * as z from "zod";
import { cleanReportText, type ProjectReportInput, REPORT_MAX_CHARACTERS } from "../core/wire/project-report.ts";
import type { Pool } from "../database/pool.ts";
import { networkOf } from "../host/network.ts";
import { secondsToWait } from "../http/seconds-to-wait.ts";
import { Refusal } from "../refusal.ts";

/** Reports one network address may send per hour: nobody has more to say, and a list of lies must stay readable. */
const REPORTS_PER_HOUR = 5;
/** Reports of one project kept per day, whoever sends them. */
const REPORTS_PER_PROJECT_DAY = 200;
const DAY_SECONDS = 86_400;

const fromNetwork = new RateLimiterMemory({ points: REPORTS_PER_HOUR, duration: 3_600 });

/**
 * Keeps what a visitor reports about a project, for the operator. Answers nothing about what is kept.
 * @throws {Refusal} `bad_request` for an empty or too long text or a wrong address, `not_found`, `rate_limited`.
 */
export async function reportProject(
  pool: Pool,
  report: ProjectReportInput & { address: string | null; nowSeconds: number },
): Promise<void> {
  const { nowSeconds } = report;
  const text = cleanReportText(report.text);
  if (text === "") throw new Refusal("bad_request", "Write what is wrong with the project.");
  if ([...text].length > REPORT_MAX_CHARACTERS) {
    throw new Refusal("bad_request", `A report has at most ${REPORT_MAX_CHARACTERS} characters.`);
  }
  const email = report.email.trim() === "" ? null : report.email.trim();
  if (email !== null && !z.email().safeParse(email).success) {
    throw new Refusal("bad_request", "This is not an e-mail address. Correct it, or leave it empty.");
  }
  const { rows } = await pool.query<{ id: string; today: number }>(
    `select p.id, (select count(*)::int from project_report r
                    where r.project_id = p.id and r.created_seconds > $2) as today
       from project p where p.slug = $1 and p.state = 'published' and p.suspended_reason is null`,
    [report.slug, nowSeconds - DAY_SECONDS],
  );
  const project = rows[0];
  if (project === undefined) throw new Refusal("not_found", "There is no such project.");
  if (project.today >= REPORTS_PER_PROJECT_DAY) {
    throw new Refusal("rate_limited", "Many people have reported this project today; the operator knows.", {
      retryAfterSeconds: DAY_SECONDS,
    });
  }
  await countReport(report.address);
  await pool.query(
    "insert into project_report (project_id, reason, text, email, created_seconds) values ($1, $2, $3, $4, $5)",
    [project.id, report.reason, text, email, nowSeconds],
  );
}

async function countReport(address: string | null): Promise<void> {
  if (address === null) return;
  const wait = await secondsToWait(fromNetwork, networkOf(address) ?? address);
  if (wait === null) return;
  throw new Refusal("rate_limited", "Several reports came from your network. Try again in an hour.", {
    retryAfterSeconds: wait,
  });
}
