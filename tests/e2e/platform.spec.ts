import { expect, test } from "@playwright/test";

const site = () => process.env["QUORATE_URL"] ?? "";

test("pages obey their own policy", async ({ page }) => {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  for (const path of ["/", "/projects", "/leaderboard", "/credit", "/status"]) {
    const answer = await page.goto(`${site()}${path}`);
    expect(answer?.status(), path).toBe(200);
    await expect(page.getByRole("main")).toBeVisible();
    await page.waitForLoadState("networkidle");
  }
  expect(complaints).toEqual([]);
});

test("a page runs no text as code", async ({ page }) => {
  await page.goto(site());
  const ran = await page.evaluate(async () => {
    const done: string[] = [];
    Object.assign(window, { note: (what: string) => done.push(what) });
    const refused = new Promise((resolve) =>
      document.addEventListener("securitypolicyviolation", resolve, { once: true }),
    );
    // What an answer that was not escaped would bring along.
    const injected = document.createElement("div");
    injected.innerHTML = `<img src="data:," onerror="note('attribute')"><script>note('element')</script>`;
    document.body.append(injected);
    await refused;
    try {
      new Function("note('text')")();
    } catch {
      done.push("refused");
    }
    return done;
  });
  expect(ran).toEqual(["refused"]);
});

test("scripts, of which workers are made, carry a policy of their own", async ({ page, request }) => {
  await page.goto(site());
  const script = await page.locator("script[src^='/_next/static/']").first().getAttribute("src");
  const answer = await request.get(`${site()}${script}`);
  expect(answer.headers()["content-security-policy"]).toBe(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
  );
});

test("the browser has the graphics adapter that this project is for", async ({ page }, info) => {
  await page.goto(site());
  const found = await page.evaluate(async () => (await navigator.gpu?.requestAdapter()) != null);
  expect(found).toBe(info.project.name === "gpu");
});
