-- A host's latest results in the very order in which they are shown: no sorting of all it reported in the same second.
DROP INDEX "result_reported_idx";
CREATE INDEX "result_reported_idx" ON "result" ("host_id", "reported_seconds", "id") WHERE "reported_seconds" IS NOT NULL;

-- A workunit is written again when it ends and when it is assimilated, and no index changes: room for both in its page.
ALTER TABLE "workunit" SET (fillfactor = 70);
