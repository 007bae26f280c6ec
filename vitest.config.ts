import { defineConfig } from "vitest/config";

/** A folder under tests/ is a suite. Those named here get a PostgreSQL for the run and a database per file. */
const WITH_DATABASE = ["db", "timelines", "load", "security", "published"];
/** These start what they need themselves. */
const WITH_PROCESSES = ["start", "kernels"];
const PLAIN = ["unit", "rules"];

function suite(name: string) {
  const withDatabase = WITH_DATABASE.includes(name);
  return {
    extends: true as const,
    test: {
      name,
      include: [`tests/${name}/**/*.test.ts`],
      // A small unit file costs more to isolate than to run; what owns processes or databases is isolated.
      isolate: !PLAIN.includes(name),
      globalSetup: withDatabase ? ["tests/support/postgres-setup.ts"] : [],
      testTimeout: PLAIN.includes(name) ? 30_000 : 60_000,
      hookTimeout: 60_000,
      // Continuous integration shares its machine: what starts processes and browsers gets a second try there.
      retry: process.env["CI"] !== undefined && !PLAIN.includes(name) ? 1 : 0,
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
    projects: [...PLAIN, ...WITH_PROCESSES, ...WITH_DATABASE].map(suite),
  },
});
