import { globSync } from "node:fs";
import { expect, it } from "vitest";
import { inProject } from "../../server/paths.ts";
import { SITE_PAGES } from "../support/site-pages.ts";

it("every page is among those that pictures and checks look at, and no other", () => {
  const routes = globSync("**/page.tsx", { cwd: inProject("app") }).map((file) =>
    `/${file.replace(/page\.tsx$/, "")}`.replace(/(?<=.)\/$/, ""),
  );
  expect([...new Set(SITE_PAGES.map(({ route }) => route))].sort()).toEqual(routes.sort());
  const names = SITE_PAGES.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});
