import account from "./en/account.json";
import admin from "./en/admin.json";
import align from "./en/align.json";
import atlas from "./en/atlas.json";
import badges from "./en/badges.json";
import batch from "./en/batch.json";
import batches from "./en/batches.json";
import batchState from "./en/batchState.json";
import card from "./en/card.json";
import chart from "./en/chart.json";
import cluster from "./en/cluster.json";
import credit from "./en/credit.json";
import deeds from "./en/deeds.json";
import docs from "./en/docs.json";
import docsKernel from "./en/docsKernel.json";
import docsSimulator from "./en/docsSimulator.json";
import error from "./en/error.json";
import footer from "./en/footer.json";
import here from "./en/here.json";
import home from "./en/home.json";
import imprint from "./en/imprint.json";
import invitation from "./en/invitation.json";
import ising from "./en/ising.json";
import leaderboard from "./en/leaderboard.json";
import nav from "./en/nav.json";
import newProject from "./en/newProject.json";
import notFound from "./en/notFound.json";
import operator from "./en/operator.json";
import people from "./en/people.json";
import privacy from "./en/privacy.json";
import project from "./en/project.json";
import projectForm from "./en/projectForm.json";
import projectSettings from "./en/projectSettings.json";
import projects from "./en/projects.json";
import publish from "./en/publish.json";
import reason from "./en/reason.json";
import refusal from "./en/refusal.json";
import report from "./en/report.json";
import secret from "./en/secret.json";
import signIn from "./en/signIn.json";
import signInFirst from "./en/signInFirst.json";
import site from "./en/site.json";
import statistics from "./en/statistics.json";
import status from "./en/status.json";
import submit from "./en/submit.json";
import teams from "./en/teams.json";
import terms from "./en/terms.json";
import tokens from "./en/tokens.json";
import versions from "./en/versions.json";
import volunteer from "./en/volunteer.json";
import workunit from "./en/workunit.json";

/** Every word on the pages, in English: one file per part of the site. */
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
