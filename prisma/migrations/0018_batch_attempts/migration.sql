-- AlterTable
ALTER TABLE "batch_control" ADD COLUMN     "attempts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "next_seconds" BIGINT NOT NULL DEFAULT 0;
-- ------------------------------------------------------------------------------- what schema.prisma cannot say, by hand
ALTER TABLE "batch_control" ADD CONSTRAINT "batch_control_attempts_check" CHECK ("attempts" >= 0 AND "next_seconds" >= 0);
