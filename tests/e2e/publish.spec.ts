import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { zipSync } from "fflate";
import { buildKernelFolder } from "../../server/cli/build-kernels.ts";
import { createKernel } from "../../server/cli/kernel-new.ts";
import { inProject } from "../../server/paths.ts";
import { isAccessible } from "../support/is-accessible.ts";
import { signedIn } from "../support/signed-in.ts";
import { openSite, type Site } from "../support/site.ts";

/** A scientist who has never been here: a project, a kernel from the template, its proof, and its publication. */
let site: Site;
/** A copy of the repository as far as a new kernel sees it. */
let root = "";
/** What the scientist has on their disk: the kernel as it was built, and broken ones. */
const folders = { good: "", wrong: "", broken: "" };
/** Of its kernel.json, where the mistake is. */
let brokenLine = 0;

test.beforeAll(async () => {
  site = await openSite();
  await mkdir(inProject(".build"), { recursive: true });
  root = await mkdtemp(inProject(".build/e2e-kernel-"));
  await mkdir(join(root, "worker/kernels"), { recursive: true });
  await symlink(inProject("worker/kernels/lib"), join(root, "worker/kernels/lib"));
  const { folder } = await createKernel("my-steps", root);
  folders.good = (await buildKernelFolder(folder, join(root, "my-steps"))).folder;

  // One bit of a known answer.
  folders.wrong = join(root, "wrong");
  await cp(folders.good, folders.wrong, { recursive: true });
  const answer = join(folders.wrong, "examples/first-ten.bin");
  const bytes = await readFile(answer);
  await writeFile(answer, bytes.fill((bytes[9] ?? 0) ^ 4, 9, 10));
  await raiseVersion(folders.wrong);

  folders.broken = join(root, "broken");
  await cp(folders.good, folders.broken, { recursive: true });
  const manifest = join(folders.broken, "kernel.json");
  const text = await readFile(manifest, "utf8");
  brokenLine = text.slice(0, text.indexOf('"maxMemoryPages"')).split("\n").length;
  await writeFile(manifest, text.replace(/"maxMemoryPages": \d+/, '"maxMemoryPages": "many"'));
  await site.start();
});
test.afterAll(async () => {
  await site?.close();
  if (root !== "") await rm(root, { recursive: true, force: true });
});

async function raiseVersion(folder: string): Promise<void> {
  const path = join(folder, "kernel.json");
  const manifest = JSON.parse(await readFile(path, "utf8")) as { version: string };
  await writeFile(path, JSON.stringify({ ...manifest, version: "1.0.1" }));
}

test("a new scientist publishes a kernel from the template; broken ones are refused, with their place", async ({
  browser,
}) => {
  const page = await signedIn(browser, site, "noether@example.org");

  await test.step("a project of their own, which leads to publishing", async () => {
    await page.goto(`${site.url}/projects/new`);
    await page.getByLabel("Name", { exact: true }).fill("Steps");
    await page.getByLabel("In one or two sentences").fill("Counts steps.");
    await page.getByLabel("Description").fill("How far is it to one?");
    await page.getByLabel("Who runs it").fill("Number theory group");
    await page.getByRole("radio", { name: /Members only/ }).check();
    await page.getByRole("button", { name: "Create the project" }).click();
    await page.waitForURL("**/projects/steps/settings");
    await page.locator("#programs").getByRole("link", { name: "Publish a program" }).click();
    await page.waitForURL("**/projects/steps/publish");
  });

  await test.step("a mistake in kernel.json is refused at once, with its line", async () => {
    await choose(page, folders.broken);
    const faults = page.getByTestId("faults");
    await expect(faults).toContainText("kernel.json");
    await expect(faults).toContainText(`line ${brokenLine}, column `);
    await expect(faults).toContainText("maxMemoryPages");
    await isAccessible(page);
    await expect(page.getByRole("button", { name: "Prove it here" })).toHaveCount(0);
  });

  await test.step("a known answer with one wrong bit: the difference is shown, and nothing can be published", async () => {
    await choose(page, folders.wrong);
    await page.getByRole("button", { name: "Prove it here" }).click();
    await expect(page.getByText("Differing: 1 bit in 1 of 40 bytes; the first is byte 9")).toBeVisible({
      timeout: 30_000,
    });
    await expect(page.getByText("Byte 9: 00000100 expected, 00000000 computed")).toBeVisible();
    await expect(page.getByTestId("unpublishable")).toBeVisible();
    await expect(page.getByRole("button", { name: /^Publish my-steps/ })).toHaveCount(0);
    await isAccessible(page);
  });

  await test.step("the server refuses it too, whatever a page says", async () => {
    const answer = await page.request.post(`${site.url}/api/projects/steps/versions`, {
      data: Buffer.from(zipSync(await filesIn(folders.wrong))),
      headers: { origin: site.url, "content-type": "application/zip" },
    });
    expect(answer.status()).toBe(400);
    const { faults } = (await answer.json()) as { faults: { file: string; problem: string }[] };
    expect(faults).toMatchObject([{ file: "kernel.wasm", problem: expect.stringContaining("the first is byte 9") }]);
    await page.goto(`${site.url}/projects/steps/versions`);
    await expect(page.getByText("Nothing is published yet")).toBeVisible();
    await page.getByRole("link", { name: "Publish a version" }).click();
  });

  await test.step("dropped as it is: proven here, again by the server, and published", async () => {
    await drop(page, folders.good);
    await expect(page.getByText("Nothing wrong was found")).toBeVisible();
    await page.getByRole("button", { name: "Prove it here" }).click();
    await expect(page.getByText("There are none: all runs gave the same bytes.")).toBeVisible({ timeout: 30_000 });
    const checks = page.getByRole("region", { name: "What became of each check" });
    // Two examples, on the processor, in two ways; there is no graphics card here.
    await expect(checks.getByText("the same bytes")).toHaveCount(4);
    await expect(checks.getByText("not computed")).toHaveCount(4);
    await expect(page.getByText("Exactness class: exact")).toBeVisible();
    await isAccessible(page);
    await page.getByRole("button", { name: "Publish my-steps 1.0.0" }).click();
    await expect(page.getByText("my-steps 1.0.0 is published.")).toBeVisible({ timeout: 30_000 });
  });

  await test.step("the version is withdrawn, when the owner has been told what that does", async () => {
    await page.getByRole("link", { name: "See all versions" }).click();
    const version = page.getByTestId("version-1.0.0");
    await expect(version).toContainText("got the known answers");
    await version.getByText("Deprecate, withdraw or replace").click();
    await expect(version.getByRole("button", { name: "Withdraw" })).toBeDisabled();
    await version.getByLabel("Reason").fill("The input was read wrongly.");
    await version.getByRole("button", { name: "Withdraw" }).click();
    const dialog = page.getByRole("alertdialog");
    await expect(dialog).toContainText("Volunteers keep their credit.");
    await isAccessible(page);
    await dialog.getByRole("button", { name: "Withdraw" }).click();
    await expect(version).toContainText("Reason: The input was read wrongly.");
    await isAccessible(page);
    await page.goto(`${site.url}/projects/steps`);
    await expect(page.getByText("withdrawn", { exact: true })).toBeVisible();
  });
});

/** As somebody does who looks for the folder in a dialog. */
async function choose(page: Page, folder: string): Promise<void> {
  await page.getByLabel("Choose a folder").setInputFiles(folder);
}

/** Drags the folder from outside the browser and lets it fall. */
async function drop(page: Page, folder: string): Promise<void> {
  const zone = page.getByTestId("drop-zone");
  await zone.scrollIntoViewIfNeeded();
  const box = await zone.boundingBox();
  if (box === null) throw new Error("there is nothing to drop on");
  const at = { x: box.x + box.width / 2, y: box.y + 10 };
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  const browser = await page.context().newCDPSession(page);
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await browser.send("Input.dispatchDragEvent", { type, ...at, data });
  }
  await browser.detach();
}

/** As a zip has them. */
async function filesIn(folder: string): Promise<Record<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = paths.map(
    async (path) => [path.slice(folder.length + 1), new Uint8Array(await readFile(path))] as const,
  );
  return Object.fromEntries(await Promise.all(files));
}
