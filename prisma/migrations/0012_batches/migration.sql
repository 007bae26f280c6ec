-- CreateTable
CREATE TABLE "batch_control" (
    "batch_id" BIGINT NOT NULL,
    "created_by" BIGINT,
    "state" TEXT NOT NULL,
    "options" JSONB NOT NULL,
    "on_bad" TEXT NOT NULL,
    "created" INTEGER NOT NULL DEFAULT 0,
    "is_settled" BOOLEAN NOT NULL DEFAULT true,
    "priority" INTEGER NOT NULL DEFAULT 0,
    "priority_given" INTEGER NOT NULL DEFAULT 0,
    "cancel_seconds" BIGINT,
    "stop_reason" TEXT,
    "stop_above" DOUBLE PRECISION,
    "retry_of" BIGINT,
    "notify_mail" BOOLEAN NOT NULL DEFAULT false,
    "done_seconds" BIGINT,

    CONSTRAINT "batch_control_pkey" PRIMARY KEY ("batch_id")
);

-- CreateTable
CREATE TABLE "batch_part" (
    "batch_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "sha256" TEXT NOT NULL,
    "drafts" BYTEA NOT NULL,
    "n_drafts" INTEGER NOT NULL,
    "faults" JSONB NOT NULL DEFAULT '[]',
    "n_faults" INTEGER NOT NULL DEFAULT 0,
    "seconds" BIGINT NOT NULL,

    CONSTRAINT "batch_part_pkey" PRIMARY KEY ("batch_id","number")
);

-- CreateTable
CREATE TABLE "workunit_retry" (
    "workunit_id" BIGINT NOT NULL,
    "original_id" BIGINT NOT NULL,

    CONSTRAINT "workunit_retry_pkey" PRIMARY KEY ("workunit_id")
);

-- CreateIndex
CREATE INDEX "batch_control_retry_of_idx" ON "batch_control"("retry_of");

-- CreateIndex
CREATE UNIQUE INDEX "workunit_retry_original_id_key" ON "workunit_retry"("original_id");

-- CreateIndex
CREATE INDEX "assimilated_result_batch_id_assimilated_seconds_workunit_id_idx" ON "assimilated_result"("batch_id", "assimilated_seconds", "workunit_id");

-- ------------------------------------------------------------------------------- what schema.prisma cannot say, by hand
ALTER TABLE "batch_control"
  ADD CONSTRAINT "batch_control_state_check" CHECK ("state" IN ('draft', 'creating', 'open', 'paused', 'cancelled')),
  ADD CONSTRAINT "batch_control_check" CHECK ("on_bad" IN ('refuse', 'skip') AND "created" >= 0 AND ("stop_above" IS NULL OR "stop_above" BETWEEN 0 AND 1)
    AND ("stop_reason" IS NULL OR "stop_reason" IN ('failure_rate')) AND "priority" BETWEEN -1000000 AND 1000000);
-- What the sweeper looks at: batches that are being made, that have to be brought into line, or that are not over yet.
CREATE INDEX "batch_control_active_idx" ON "batch_control" ("batch_id") WHERE "done_seconds" IS NULL OR NOT "is_settled";
ALTER TABLE "batch_part" ADD CONSTRAINT "batch_part_check" CHECK ("number" >= 0 AND "n_drafts" >= 0 AND "n_faults" >= 0 AND "sha256" ~ '^[0-9a-f]{64}$');

-- A batch that is being submitted has no workunits yet.
ALTER TABLE "batch" DROP CONSTRAINT "batch_counts_check",
  ADD CONSTRAINT "batch_counts_check" CHECK ("n_workunits" >= 0 AND "n_completed" >= 0 AND "n_failed" >= 0
    AND "n_completed" + "n_failed" <= "n_workunits");

-- Messages about a batch: told to webhooks as they are, and by mail.
ALTER TABLE "outbox" DROP CONSTRAINT "outbox_kind_check",
  ADD CONSTRAINT "outbox_kind_check" CHECK ("kind" IN ('assimilate', 'recall', 'recheck', 'delete_output', 'webhook', 'export', 'batch', 'batch_mail'));
