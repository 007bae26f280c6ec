-- AlterTable
ALTER TABLE "comparison" ADD COLUMN     "losses" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "verification" ADD COLUMN     "losses" INTEGER NOT NULL DEFAULT 0;
