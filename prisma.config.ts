import { defineConfig } from "prisma/config";

// No datasource: migrations are applied by server/database/migrate.ts, which gets the address at run time.
export default defineConfig({
  schema: "prisma/schema",
  migrations: { path: "prisma/migrations" },
});
