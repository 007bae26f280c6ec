import account from "./en/account.json";
import align from "./en/align.json";
import atlas from "./en/atlas.json";
import badges from "./en/badges.json";
import card from "./en/card.json";
import chart from "./en/chart.json";
import cluster from "./en/cluster.json";
import credit from "./en/credit.json";
import error from "./en/error.json";
import footer from "./en/footer.json";
import home from "./en/home.json";
import imprint from "./en/imprint.json";
import ising from "./en/ising.json";
import leaderboard from "./en/leaderboard.json";
import nav from "./en/nav.json";
import notFound from "./en/notFound.json";
import people from "./en/people.json";
import privacy from "./en/privacy.json";
import project from "./en/project.json";
import projects from "./en/projects.json";
import refusal from "./en/refusal.json";
import report from "./en/report.json";
import signIn from "./en/signIn.json";
import site from "./en/site.json";
import statistics from "./en/statistics.json";
import status from "./en/status.json";
import teams from "./en/teams.json";
import terms from "./en/terms.json";
import volunteer from "./en/volunteer.json";
import workunit from "./en/workunit.json";

/** Every word on the pages, in English: one file per part of the site. */
export default {
  account,
  align,
  atlas,
  badges,
  card,
  chart,
  cluster,
  credit,
  error,
  footer,
  home,
  imprint,
  ising,
  leaderboard,
  nav,
  notFound,
  people,
  privacy,
  project,
  projects,
  refusal,
  report,
  signIn,
  site,
  statistics,
  status,
  teams,
  terms,
  volunteer,
  workunit,
};
