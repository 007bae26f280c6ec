-- AlterTable
ALTER TABLE "app_version" ADD COLUMN     "published_by" BIGINT,
ADD COLUMN     "signature" TEXT,
ADD COLUMN     "signer_key" TEXT,
ADD COLUMN     "state_reason" TEXT,
ADD COLUMN     "state_seconds" BIGINT;

-- AlterTable
ALTER TABLE "workunit" ADD COLUMN     "replaces_id" BIGINT;

-- ------------------------------------------------------------------------------- what schema.prisma cannot say, by hand
UPDATE "app_version" SET "state_seconds" = "created_seconds" WHERE "state" <> 'published';
ALTER TABLE "app_version" DROP CONSTRAINT "app_version_state_check",
  ADD CONSTRAINT "app_version_state_check" CHECK ("state" IN ('published', 'deprecated', 'withdrawn')
    AND ("state" = 'published') = ("state_seconds" IS NULL)),
  ADD CONSTRAINT "app_version_signature_check" CHECK (("signature" IS NULL) = ("signer_key" IS NULL));

-- A workunit is replaced once.
CREATE UNIQUE INDEX "workunit_replaces_idx" ON "workunit" ("replaces_id") WHERE "replaces_id" IS NOT NULL;
