import { defineConfig } from "vitest/config";

/** A folder under tests/ is a suite. Those named here get a PostgreSQL for the run and a database per file. */
const WITH_DATABASE = ["db", "timelines", "load", "security", "start"];
const WITHOUT_DATABASE = ["unit", "kernels", "rules"];

function suite(name: string, withDatabase: boolean) {
  return {
    extends: true as const,
    test: {
      name,
      include: [`tests/${name}/**/*.test.ts`],
      // A small unit file costs more to isolate than to run; what owns processes or databases is isolated.
      isolate: withDatabase,
      globalSetup: withDatabase ? ["tests/support/postgres-setup.ts"] : [],
      testTimeout: withDatabase ? 30_000 : 10_000,
      hookTimeout: 60_000,
    },
  };
}

export default defineConfig({
  plugins: [
    {
      // As Next's build does: a .wgsl file is imported as its text.
      name: "wgsl-as-text",
      enforce: "pre",
      transform(code: string, id: string) {
        if (id.endsWith(".wgsl")) return { code: `export default ${JSON.stringify(code)};`, map: null };
        return undefined;
      },
    },
  ],
  test: {
    pool: "forks",
    maxWorkers: 2,
    // A test that cannot fail is worse than none.
    expect: { requireAssertions: true },
    passWithNoTests: true,
    projects: [
      ...WITHOUT_DATABASE.map((name) => suite(name, false)),
      ...WITH_DATABASE.map((name) => suite(name, true)),
    ],
  },
});
