/**
 * What the quickstart has typed, step by step, and nothing else has it: the page prints these blocks, and
 * tests/published/documentation.test.ts runs them in this order, in one terminal, as they stand.
 */

export type Block =
  /** Typed into the terminal. */
  | { language: "sh"; text: string }
  /** The same, but what stands there is the reader's own: the site and a token. */
  | { language: "environment"; text: string }
  /** Saved where the terminal is. */
  | { language: "TypeScript" | "Python"; file: string; text: string };

export const STEP_NAMES = [
  "kernel",
  "project",
  "token",
  "publish",
  "submit",
  "watch",
  "typescript",
  "python",
  "curl",
] as const;
export type StepName = (typeof STEP_NAMES)[number];

const sh = (...lines: string[]): Block => ({ language: "sh", text: lines.join("\n") });

const TYPESCRIPT = `import { createClient } from "quorate";
import app from "./my-kernel.mts";

const quorate = createClient({ url: process.env.QUORATE_URL!, token: process.env.QUORATE_TOKEN! });
const inputs = [1, 1001, 2001].map((first) => ({ first, count: 1000 }));
for await (const ended of quorate.map(app, inputs, { key: "from TypeScript" })) {
  if (ended.state !== "completed") throw new Error(ended.errors.join());
  const longest = Math.max(...ended.output.records.map(({ steps }) => steps));
  console.log("from", inputs[ended.index ?? 0]?.first, "on: at most", longest, "steps");
}`;

const PYTHON = `import base64, json, os, struct, time
from urllib.parse import urlencode
from urllib.request import Request, urlopen

def call(path, body=None):
    headers = {"authorization": "Bearer " + os.environ["QUORATE_TOKEN"]}
    return urlopen(Request(os.environ["QUORATE_URL"] + "/api" + path, body, headers))

version = json.load(call("/projects/my-project/versions"))[0]["appVersionId"]
lines = [json.dumps({"first": first, "count": 1000}) for first in (1, 1001, 2001)]
about = {"name": "From Python", "key": "from Python", "format": "jsonl", "flops": 1e9}
sent = call(f"/versions/{version}/batches?" + urlencode(about), "\\n".join(lines).encode())
batch = json.load(sent)["batchId"]

while True:
    now = json.load(call(f"/batches/{batch}"))
    if now["completed"] + now["failed"] == now["workunits"]:
        break
    time.sleep(1)

for line in call(f"/batches/{batch}/results.jsonl"):
    result = json.loads(line)
    output = base64.b64decode(result["outputBase64"])
    steps = struct.unpack(f"<{len(output) // 4}I", output)
    print("line", result["name"] + ": at most", max(steps), "steps")`;

const CURL = 'curl --fail-with-body -H "authorization: Bearer $QUORATE_TOKEN"';

/** The blocks of each step; what has none is done on the pages. @param site its address. */
export const quickstartBlocks = (site: string): Readonly<Record<StepName, readonly Block[]>> => ({
  kernel: [
    sh(
      "npm run kernel:new -- my-kernel",
      "npm run build:kernels -- --only my-kernel",
      "npx vitest run --project kernels tests/kernels/my-kernel.test.ts",
    ),
  ],
  project: [],
  token: [{ language: "environment", text: `export QUORATE_URL=${site}\nexport QUORATE_TOKEN=qrt_...` }],
  publish: [
    sh(
      'npm install --global "$QUORATE_URL/download/quorate.tgz"',
      'echo "$QUORATE_TOKEN" | quorate login "$QUORATE_URL"',
      "quorate publish .build/kernels/my-kernel --project my-project",
    ),
  ],
  submit: [
    sh(
      "mkdir my-work && cd my-work",
      `echo '{"first": 1, "count": 1000}' > inputs.jsonl`,
      `echo '{"first": 1001, "count": 1000}' >> inputs.jsonl`,
      'batch=$(quorate submit my-project/my-kernel inputs.jsonl --key "first try" --quiet)',
    ),
  ],
  watch: [sh('quorate watch "$batch"', 'quorate results "$batch" --format csv > results.csv')],
  typescript: [
    sh(
      "npm init --yes",
      'npm install "$QUORATE_URL/download/quorate.tgz"',
      "quorate types my-project/my-kernel > my-kernel.mts",
    ),
    { language: "TypeScript", file: "collatz.mts", text: TYPESCRIPT },
    sh("node collatz.mts"),
  ],
  python: [{ language: "Python", file: "collatz.py", text: PYTHON }, sh("python3 collatz.py")],
  curl: [sh(`${CURL} "$QUORATE_URL/api/batches/$batch"`, `${CURL} "$QUORATE_URL/api/batches/$batch/results.jsonl"`)],
});
