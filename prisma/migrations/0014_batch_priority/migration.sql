-- AlterTable
ALTER TABLE "batch_control" DROP COLUMN "priority_given",
ALTER COLUMN "priority" DROP NOT NULL,
ALTER COLUMN "priority" DROP DEFAULT;

-- AlterTable
ALTER TABLE "statistics_consent" DROP COLUMN "country";

-- ------------------------------------------------------------------------------- what schema.prisma cannot say, by hand
-- A check goes with a column that it names.
ALTER TABLE "statistics_consent" DROP CONSTRAINT IF EXISTS "statistics_consent_check",
  ADD CONSTRAINT "statistics_consent_check" CHECK ("internal_cpid" ~ '^[0-9a-f]{32}$' AND ("url" IS NULL OR "url" ~ '^https?://'));
