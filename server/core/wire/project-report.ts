import * as z from "zod";

/** Why a visitor reports a project. */
export const REPORT_REASONS = ["dangerous", "illegal", "misleading", "too_heavy", "other"] as const;
export type ReportReason = (typeof REPORT_REASONS)[number];

export const REPORT_MAX_CHARACTERS = 2_000;

export const projectReportSchema = z.object({
  slug: z.string().max(60),
  reason: z.enum(REPORT_REASONS),
  text: z.string().max(REPORT_MAX_CHARACTERS * 2),
  /** Empty: no answer is wanted. */
  email: z.string().max(254),
});
export type ProjectReportInput = z.infer<typeof projectReportSchema>;

/**
 * A report's text as it is kept: line breaks stay; other control characters, direction overrides and invisible characters
 * go, since they could make an operator read something else than what is there.
 */
export function cleanReportText(raw: string): string {
  return raw
    .normalize("NFC")
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{C}\n\t]/gu, "")
    .trim();
}
