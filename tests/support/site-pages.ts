/**
 * Every page of the site, for pictures and checks: tests/rules/site-pages.test.ts compares it with the folder app/.
 * `route` as that folder has it; `path` leads to one example of it.
 */
export type SitePage = {
  /** Name of its pictures. */
  name: string;
  route: string;
  path: (known: KnownPlaces) => string;
  /** Who looks: somebody who has done nothing here, or a browser that has computed and signed up, as an operator. */
  as: "stranger" | "account";
};

/** What exists on the site that is looked at. */
export type KnownPlaces = {
  workunitId: string;
  batchId: number;
  teamId: number;
  personId: number;
  /** Paths with a secret. */
  invitation: string;
  operatorLink: string;
};

const fixed = (name: string, route: string, as: SitePage["as"] = "stranger"): SitePage => ({
  name,
  route,
  path: () => route,
  as,
});
const project = (slug: string): SitePage => ({
  name: `project-${slug}`,
  route: "/projects/[slug]",
  path: () => `/projects/${slug}`,
  as: "stranger",
});
const found = (name: string, route: string, path: SitePage["path"], as: SitePage["as"] = "stranger"): SitePage => ({
  name,
  route,
  path,
  as,
});

export const SITE_PAGES: readonly SitePage[] = [
  fixed("start", "/"),
  fixed("start-after", "/", "account"),
  fixed("projects", "/projects"),
  project("mandelbrot-atlas"),
  project("lambda-reads"),
  project("ising-magnet"),
  project("atom-clusters"),
  found("workunit", "/workunits/[id]", ({ workunitId }) => `/workunits/${workunitId}`),
  fixed("leaderboard", "/leaderboard"),
  fixed("teams", "/teams"),
  found("team", "/teams/[id]", ({ teamId }) => `/teams/${teamId}`),
  found("team-own", "/teams/[id]", ({ teamId }) => `/teams/${teamId}`, "account"),
  found("person", "/people/[id]", ({ personId }) => `/people/${personId}`),
  fixed("credit-unknown", "/credit"),
  fixed("credit", "/credit", "account"),
  fixed("sign-in", "/sign-in"),
  fixed("sign-in-finish", "/sign-in/finish"),
  fixed("sign-in-reset", "/sign-in/reset"),
  fixed("sign-in-done", "/sign-in/done"),
  fixed("account-unknown", "/account"),
  fixed("account", "/account", "account"),
  fixed("project-new", "/projects/new", "account"),
  found("project-settings", "/projects/[slug]/settings", () => "/projects/mandelbrot-atlas/settings", "account"),
  found("project-versions", "/projects/[slug]/versions", () => "/projects/mandelbrot-atlas/versions"),
  found("project-versions-own", "/projects/[slug]/versions", () => "/projects/mandelbrot-atlas/versions", "account"),
  found("project-publish", "/projects/[slug]/publish", () => "/projects/mandelbrot-atlas/publish", "account"),
  found("project-submit", "/projects/[slug]/submit", () => "/projects/mandelbrot-atlas/submit", "account"),
  found("batches", "/projects/[slug]/batches", () => "/projects/mandelbrot-atlas/batches"),
  found("batch", "/batches/[id]", ({ batchId }) => `/batches/${batchId}`),
  found("batch-own", "/batches/[id]", ({ batchId }) => `/batches/${batchId}`, "account"),
  found("project-join", "/projects/join/[token]", ({ invitation }) => invitation, "account"),
  found("operator", "/operator/[secret]", ({ operatorLink }) => operatorLink, "account"),
  fixed("admin", "/admin", "account"),
  fixed("admin-hosts", "/admin/hosts", "account"),
  fixed("admin-log", "/admin/log", "account"),
  fixed("admin-refusals", "/admin/refusals", "account"),
  fixed("admin-reports", "/admin/reports", "account"),
  fixed("admin-users", "/admin/users", "account"),
  fixed("status", "/status"),
  fixed("docs", "/docs"),
  fixed("docs-quickstart", "/docs/quickstart"),
  fixed("docs-api", "/docs/api"),
  fixed("docs-kernels", "/docs/kernels"),
  fixed("docs-redundancy", "/docs/redundancy"),
  fixed("docs-volunteers", "/docs/volunteers"),
  fixed("imprint", "/imprint"),
  fixed("privacy", "/privacy"),
  fixed("terms", "/terms"),
];

/** What Next shows for an address that leads nowhere. */
export const MISSING_PATH = "/projects/no-such-project";
