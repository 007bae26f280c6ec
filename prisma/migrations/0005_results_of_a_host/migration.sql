-- All that ended of a host's results, those it never reported last: what it is shown, and what the pool's state is measured by.
DROP INDEX "result_reported_idx";
CREATE INDEX "result_ended_idx" ON "result" ("host_id", "reported_seconds" DESC NULLS LAST, "id" DESC)
  WHERE "state" = 'over' AND "host_id" IS NOT NULL;
