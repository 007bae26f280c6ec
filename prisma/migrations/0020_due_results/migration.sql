-- What the sweeper must look at, by its own wording: two indexes of what is in progress, both of which say so by the state,
-- look alike to PostgreSQL while it believes that nothing is in progress; then it read everything in progress on the site to
-- find what one host holds. Only what is in progress can fall due (result_due_check). Made before the old one goes: meanwhile
-- what is written waits, and what is read does not.
CREATE INDEX "result_due_new_idx" ON "result" ("due_seconds") WHERE "due_seconds" IS NOT NULL;
DROP INDEX "result_due_idx";
ALTER INDEX "result_due_new_idx" RENAME TO "result_due_idx";
