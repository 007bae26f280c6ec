-- AlterTable
ALTER TABLE "batch" ADD COLUMN     "in_total" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "batch_total" (
    "app_version_id" BIGINT NOT NULL,
    "n_workunits" BIGINT NOT NULL,
    "n_completed" BIGINT NOT NULL,
    "n_failed" BIGINT NOT NULL,

    CONSTRAINT "batch_total_pkey" PRIMARY KEY ("app_version_id")
);

-- CreateIndex
CREATE INDEX "batch_app_version_id_id_idx" ON "batch"("app_version_id", "id");

-- AddForeignKey
ALTER TABLE "batch_total" ADD CONSTRAINT "batch_total_app_version_id_fkey" FOREIGN KEY ("app_version_id") REFERENCES "app_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ------------------------------------------------------------------------------- what schema.prisma cannot say, by hand
-- What is part of a total counts no further: a workunit more, and one more that ended, would be refused here.
ALTER TABLE "batch" ADD CONSTRAINT "batch_in_total_check"
  CHECK (NOT "in_total" OR ("n_workunits" > 0 AND "n_completed" + "n_failed" = "n_workunits"));
ALTER TABLE "batch_total" ADD CONSTRAINT "batch_total_check" CHECK ("n_completed" >= 0 AND "n_failed" >= 0 AND "n_completed" + "n_failed" = "n_workunits");

-- The batches that pages count one by one. A batch's counters are in no index, so that counting touches none.
CREATE INDEX "batch_not_in_total_idx" ON "batch" ("app_version_id", "id") WHERE NOT "in_total";

-- Failed workunits of a batch, by their errors and not by their state: PostgreSQL writes a row anew in all its indexes when a column
-- that any of them names changes, even in their conditions. The errors of a workunit that completes stay as they are.
CREATE INDEX "workunit_failed_idx" ON "workunit" ("batch_id", "id") WHERE cardinality("errors") > 0;
