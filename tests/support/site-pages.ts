/**
 * Every page of the site, for pictures and checks: tests/rules/site-pages.test.ts compares it with the folder app/.
 * `route` as that folder has it; `path` leads to one example of it.
 */
export type SitePage = {
  /** Name of its pictures. */
  name: string;
  route: string;
  path: (known: KnownPlaces) => string;
  /** Who looks: somebody who has done nothing here, or a browser that has computed. */
  as: "stranger" | "volunteer";
};

/** What exists on the site that is looked at. */
export type KnownPlaces = { workunitId: string };

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

export const SITE_PAGES: readonly SitePage[] = [
  fixed("start", "/"),
  fixed("start-after", "/", "volunteer"),
  fixed("projects", "/projects"),
  project("mandelbrot-atlas"),
  project("lambda-reads"),
  project("ising-magnet"),
  project("atom-clusters"),
  {
    name: "workunit",
    route: "/workunits/[id]",
    path: ({ workunitId }) => `/workunits/${workunitId}`,
    as: "stranger",
  },
  fixed("leaderboard", "/leaderboard"),
  fixed("credit-unknown", "/credit"),
  fixed("credit", "/credit", "volunteer"),
  fixed("sign-in", "/sign-in"),
  fixed("sign-in-finish", "/sign-in/finish"),
  fixed("sign-in-reset", "/sign-in/reset"),
  fixed("sign-in-done", "/sign-in/done"),
  fixed("account-unknown", "/account"),
  fixed("account", "/account", "volunteer"),
  fixed("new-project-unknown", "/projects/new"),
  {
    name: "project-settings-unknown",
    route: "/projects/[slug]/settings",
    path: () => "/projects/mandelbrot-atlas/settings",
    as: "stranger",
  },
  { name: "invitation-over", route: "/projects/join/[token]", path: () => "/projects/join/no-such", as: "stranger" },
  { name: "operator-unknown", route: "/operator/[secret]", path: () => "/operator/no-such", as: "stranger" },
  fixed("admin-unknown", "/admin"),
  fixed("admin-users-unknown", "/admin/users"),
  fixed("admin-hosts-unknown", "/admin/hosts"),
  fixed("admin-refusals-unknown", "/admin/refusals"),
  fixed("admin-reports-unknown", "/admin/reports"),
  fixed("admin-log-unknown", "/admin/log"),
  fixed("status", "/status"),
  fixed("imprint", "/imprint"),
  fixed("privacy", "/privacy"),
  fixed("terms", "/terms"),
];

/** What Next shows for an address that leads nowhere. */
export const MISSING_PATH = "/projects/no-such-project";
