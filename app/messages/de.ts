import account from "./de/account.json";
import admin from "./de/admin.json";
import align from "./de/align.json";
import atlas from "./de/atlas.json";
import badges from "./de/badges.json";
import batch from "./de/batch.json";
import batches from "./de/batches.json";
import batchState from "./de/batchState.json";
import card from "./de/card.json";
import chart from "./de/chart.json";
import cluster from "./de/cluster.json";
import credit from "./de/credit.json";
import deeds from "./de/deeds.json";
import docs from "./de/docs.json";
import docsKernel from "./de/docsKernel.json";
import docsSimulator from "./de/docsSimulator.json";
import error from "./de/error.json";
import footer from "./de/footer.json";
import here from "./de/here.json";
import home from "./de/home.json";
import imprint from "./de/imprint.json";
import invitation from "./de/invitation.json";
import ising from "./de/ising.json";
import leaderboard from "./de/leaderboard.json";
import nav from "./de/nav.json";
import newProject from "./de/newProject.json";
import notFound from "./de/notFound.json";
import operator from "./de/operator.json";
import people from "./de/people.json";
import privacy from "./de/privacy.json";
import project from "./de/project.json";
import projectForm from "./de/projectForm.json";
import projectSettings from "./de/projectSettings.json";
import projects from "./de/projects.json";
import publish from "./de/publish.json";
import reason from "./de/reason.json";
import refusal from "./de/refusal.json";
import report from "./de/report.json";
import secret from "./de/secret.json";
import signIn from "./de/signIn.json";
import signInFirst from "./de/signInFirst.json";
import site from "./de/site.json";
import statistics from "./de/statistics.json";
import status from "./de/status.json";
import submit from "./de/submit.json";
import teams from "./de/teams.json";
import terms from "./de/terms.json";
import tokens from "./de/tokens.json";
import versions from "./de/versions.json";
import volunteer from "./de/volunteer.json";
import workunit from "./de/workunit.json";

/** Every word on the pages, in German: one file per part of the site. */
export default {
  account,
  admin,
  align,
  atlas,
  badges,
  batch,
  batches,
  batchState,
  card,
  chart,
  cluster,
  credit,
  deeds,
  docs,
  docsKernel,
  docsSimulator,
  error,
  footer,
  here,
  home,
  imprint,
  invitation,
  ising,
  leaderboard,
  nav,
  newProject,
  notFound,
  operator,
  people,
  privacy,
  project,
  projectForm,
  projects,
  projectSettings,
  publish,
  reason,
  refusal,
  report,
  secret,
  signIn,
  signInFirst,
  site,
  statistics,
  status,
  submit,
  teams,
  terms,
  tokens,
  versions,
  volunteer,
  workunit,
};
