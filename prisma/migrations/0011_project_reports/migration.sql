-- CreateTable
CREATE TABLE "project_report" (
    "id" BIGSERIAL NOT NULL,
    "project_id" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "email" TEXT,
    "created_seconds" BIGINT NOT NULL,
    "settled_seconds" BIGINT,
    "settled_note" TEXT,

    CONSTRAINT "project_report_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "project_report_project_id_created_seconds_idx" ON "project_report"("project_id", "created_seconds");

-- CreateIndex
CREATE INDEX "project_report_settled_seconds_id_idx" ON "project_report"("settled_seconds", "id");

-- What Prisma's schema cannot say.
ALTER TABLE "project_report"
  ADD CONSTRAINT "project_report_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE,
  ADD CONSTRAINT "project_report_reason_check" CHECK ("reason" IN ('dangerous', 'illegal', 'misleading', 'too_heavy', 'other')),
  ADD CONSTRAINT "project_report_lengths_check" CHECK (char_length("text") BETWEEN 1 AND 4000 AND char_length("email") <= 254);
