-- Results are told as completed in the order of the transactions that wrote them. What is there already gets the number of this
-- very transaction: the default is asked for once, no row is written anew.
-- DropIndex
DROP INDEX "assimilated_result_batch_id_assimilated_seconds_workunit_id_idx";

-- AlterTable
ALTER TABLE "assimilated_result" ADD COLUMN     "written_xact" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint;

-- CreateIndex
CREATE INDEX "assimilated_result_project_id_written_xact_workunit_id_idx" ON "assimilated_result"("project_id", "written_xact", "workunit_id");

-- CreateIndex
CREATE INDEX "assimilated_result_batch_id_written_xact_workunit_id_idx" ON "assimilated_result"("batch_id", "written_xact", "workunit_id");
