// Runs before `npm start` and `npm test`, on whatever Node the machine has (20 or later), with nothing installed yet.
// Installs the packages when package-lock.json differs from the one they were last installed from.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const stamp = `${root}node_modules/.installed`;

function readOrEmpty(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Has somebody run `npm install` already? npm keeps a list of what it put into node_modules. */
function isInstalled() {
  const present = JSON.parse(readOrEmpty(`${root}node_modules/.package-lock.json`) || "{}").packages ?? {};
  const { "": _project, ...locked } = JSON.parse(readOrEmpty(`${root}package-lock.json`)).packages;
  const same = ([path, entry]) => present[path]?.version === entry.version || (entry.optional && !present[path]);
  return Object.keys(present).length > 0 && Object.entries(locked).every(same);
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 20) fail(`Quorate needs Node 20 or later; this is ${process.versions.node} (see https://nodejs.org).`);
if (process.platform === "win32") fail("Quorate's commands need a POSIX shell; on Windows run them inside WSL.");

// Another system's packages do not run here: a folder shared between two machines is installed anew.
const machine = `${process.platform}-${process.arch}`;
const wanted = `${createHash("sha256")
  .update(readFileSync(`${root}package-lock.json`))
  .digest("hex")} ${machine}\n`;
if (readOrEmpty(stamp) !== wanted && isInstalled()) writeFileSync(stamp, wanted);
if (readOrEmpty(stamp) !== wanted) {
  console.error("Installing packages (once; about a minute) ...");
  const result = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--include=dev", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    env: {
      ...process.env,
      // Browsers for tests are found on the machine; Prisma's native engine is never needed.
      PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: "1",
      PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true",
    },
  });
  if (result.error) fail(`npm could not be started (${result.error.message}); it comes with Node.`);
  if (result.status !== 0) fail("Installing packages failed; what npm says above names the reason. Then start again.");
  writeFileSync(stamp, wanted);
}

// Everything after this runs on the Node that the package "node" brings; its install script puts it in place.
const node = spawnSync(`${root}node_modules/.bin/node`, ["--version"], { encoding: "utf8" });
if (Number.parseInt((node.stdout ?? "").slice(1), 10) < 24 || node.status !== 0) {
  fail(
    "npm did not put Node 24 in place (were install scripts switched off?); run: npm rebuild node --ignore-scripts=false",
  );
}
