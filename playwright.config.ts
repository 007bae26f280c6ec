import { defineConfig } from "@playwright/test";
import { findBrowser } from "./tests/support/find-browser.ts";

const browser = findBrowser();
const executable = browser === undefined ? {} : { executablePath: browser };

const FIREFOX = /firefox[^/]*\.spec\.ts$/;
/** What runs with a graphics adapter. Only the platform itself is looked at with and without one. */
const WITH_GPU = /(platform|main-job|start-stop|liars|physics|volunteer-gpu)\.spec\.ts$/;
const ONLY_WITH_GPU = /(main-job|start-stop|liars|physics|volunteer-gpu)\.spec\.ts$/;

export default defineConfig({
  testDir: "tests/e2e",
  outputDir: "test-results",
  globalSetup: "./tests/support/site-setup.ts",
  // Every file has a site of its own, and volunteers spend much of their time waiting for their next call.
  workers: 2,
  fullyParallel: false,
  forbidOnly: process.env["CI"] !== undefined,
  // Continuous integration shares its machine; a test that needs its second try is named in the output.
  retries: process.env["CI"] === undefined ? 0 : 1,
  timeout: 300_000,
  // Nothing is asserted about how long a thing takes: a machine that does much else is slow, and right.
  expect: { timeout: 30_000 },
  reporter: [["list"], ["./tests/support/playwright-outcomes.ts"]],
  // A trace costs a good part of the time of what it records: of second tries, or with `--trace on`.
  use: { trace: "on-first-retry", screenshot: "only-on-failure" },
  projects: [
    // Chromium's own software adapter: slow, and right.
    { name: "gpu", testMatch: WITH_GPU, use: { launchOptions: { ...executable, args: ["--enable-unsafe-webgpu"] } } },
    // Without the flag there is no adapter: the fallback to WASM.
    { name: "no-gpu", testIgnore: [FIREFOX, ONLY_WITH_GPU], use: { launchOptions: executable } },
    // The second engine, driven by tests/support/firefox.ts.
    { name: "firefox", testMatch: FIREFOX },
  ],
});
