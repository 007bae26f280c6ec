/** The pages that the menu leads to, in its order: address, and key of its name in nav.json. */
export const MENU = [
  ["/projects", "projects"],
  ["/leaderboard", "leaderboard"],
  ["/teams", "teams"],
  ["/credit", "credit"],
  ["/status", "status"],
] as const;
