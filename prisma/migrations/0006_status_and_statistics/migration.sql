-- CreateTable
CREATE TABLE "status_minute" (
    "project_id" BIGINT NOT NULL,
    "minute_seconds" BIGINT NOT NULL,
    "unsent" INTEGER,
    "in_progress" INTEGER,
    "being_checked" INTEGER,
    "oldest_waiting_seconds" BIGINT,
    "workunits_open" BIGINT,
    "workunits_confirmed" BIGINT,
    "workunits_failed" BIGINT,
    "backlog" INTEGER,
    "failing" INTEGER,
    "hosts" INTEGER,
    "reported" INTEGER NOT NULL DEFAULT 0,
    "confirmed" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "status_minute_pkey" PRIMARY KEY ("project_id","minute_seconds")
);

-- CreateTable
CREATE TABLE "statistics_consent" (
    "user_id" BIGINT NOT NULL,
    "is_given" BOOLEAN NOT NULL,
    "changed_seconds" BIGINT NOT NULL,
    "internal_cpid" TEXT NOT NULL,
    "country" TEXT,
    "url" TEXT,

    CONSTRAINT "statistics_consent_pkey" PRIMARY KEY ("user_id")
);

-- CreateIndex
CREATE INDEX "status_minute_minute_seconds_idx" ON "status_minute"("minute_seconds");

-- ------------------------------------------------------------------------------- what schema.prisma cannot say, by hand
ALTER TABLE "status_minute" ADD CONSTRAINT "status_minute_check" CHECK ("minute_seconds" % 60 = 0 AND "project_id" >= 0
  AND "reported" >= 0 AND "confirmed" >= 0 AND "failed" >= 0);
ALTER TABLE "statistics_consent" ADD CONSTRAINT "statistics_consent_check" CHECK ("internal_cpid" ~ '^[0-9a-f]{32}$' AND ("country" IS NULL OR "country" ~ '^[A-Z]{2}$')
    AND ("url" IS NULL OR "url" ~ '^https?://'));
CREATE INDEX "statistics_consent_given_idx" ON "statistics_consent" ("user_id") WHERE "is_given";
