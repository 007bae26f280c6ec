-- AlterTable
ALTER TABLE "assimilated_result" ADD COLUMN     "recalled_seconds" BIGINT;

-- AlterTable
ALTER TABLE "outbox" ADD COLUMN     "handler_id" BIGINT;

-- CreateTable
CREATE TABLE "project_handler" (
    "id" BIGSERIAL NOT NULL,
    "project_id" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "url" TEXT,
    "secret" TEXT,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "created_seconds" BIGINT NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failing_since_seconds" BIGINT,
    "next_seconds" BIGINT NOT NULL DEFAULT 0,
    "last_error" TEXT,
    "last_ms" INTEGER,
    "export_file" INTEGER NOT NULL DEFAULT 1,
    "export_bytes" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "project_handler_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit" (
    "workunit_id" BIGINT NOT NULL,
    "original_id" BIGINT NOT NULL,
    "cause" TEXT NOT NULL,
    "cause_result_id" BIGINT,
    "created_seconds" BIGINT NOT NULL,
    "outcome" TEXT,
    "reason" TEXT,
    "decided_seconds" BIGINT,
    "retry_seconds" BIGINT NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("workunit_id")
);

-- CreateIndex
CREATE INDEX "project_handler_project_id_idx" ON "project_handler"("project_id");

-- CreateIndex
CREATE INDEX "audit_original_id_idx" ON "audit"("original_id");

-- ------------------------------------------------------------------------------- what schema.prisma cannot say, by hand
ALTER TABLE "outbox" DROP CONSTRAINT "outbox_kind_check",
  ADD CONSTRAINT "outbox_kind_check" CHECK ("kind" IN ('assimilate', 'recall', 'recheck', 'delete_output', 'webhook', 'export')),
  ADD CONSTRAINT "outbox_handler_check" CHECK (("kind" IN ('webhook', 'export')) = ("handler_id" IS NOT NULL));

-- What each handler has still to be told, and which workunits that concerns: their outputs stay until it is.
CREATE INDEX "outbox_handler_due_idx" ON "outbox" ("handler_id", "next_seconds", "id") WHERE "done_seconds" IS NULL AND "handler_id" IS NOT NULL;
CREATE INDEX "outbox_handler_workunit_idx" ON "outbox" ("workunit_id") WHERE "done_seconds" IS NULL AND "handler_id" IS NOT NULL;

ALTER TABLE "project_handler"
  ADD CONSTRAINT "project_handler_kind_check" CHECK ("kind" IN ('webhook', 'export')),
  ADD CONSTRAINT "project_handler_webhook_check" CHECK (("kind" = 'webhook') = ("url" IS NOT NULL) AND ("kind" = 'webhook') = ("secret" IS NOT NULL)),
  ADD CONSTRAINT "project_handler_numbers_check" CHECK ("failures" >= 0 AND "export_file" >= 1 AND "export_bytes" >= 0
    AND ("failures" = 0) = ("failing_since_seconds" IS NULL));

-- One re-check of a workunit at a time.
CREATE UNIQUE INDEX "audit_one_open_key" ON "audit" ("original_id") WHERE "decided_seconds" IS NULL;

ALTER TABLE "audit"
  ADD CONSTRAINT "audit_cause_check" CHECK ("cause" IN ('operator', 'caught_lie') AND ("cause" = 'caught_lie') = ("cause_result_id" IS NOT NULL)),
  ADD CONSTRAINT "audit_outcome_check" CHECK ("outcome" IN ('confirmed', 'recalled', 'undecided') AND "workunit_id" > "original_id"),
  ADD CONSTRAINT "audit_decided_check" CHECK (("outcome" IS NULL) = ("decided_seconds" IS NULL));

CREATE TRIGGER "audit_is_final" BEFORE UPDATE OR DELETE ON "audit" FOR EACH ROW
  WHEN (OLD."decided_seconds" IS NOT NULL)
  EXECUTE FUNCTION "refuse_change"('what an audit found stays');
