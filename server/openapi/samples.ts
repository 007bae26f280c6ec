import type { CodeSample } from "../core/wire/open-api.ts";

/**
 * Every call in two languages, as somebody types it who has read the quickstart: tests/published/documentation.test.ts runs each
 * of them as it stands. What differs from reader to reader is in variables.
 */

const SHELL_SETUP = `export QUORATE_TOKEN=qrt_...  # yours: Account, Tokens
export PROJECT=my-project     # its name in addresses
export VERSION=1              # appVersionId, from GET /projects/{slug}/versions
export BATCH=12               # batchId, from submitting`;

const PYTHON_SETUP = `import hashlib, json, os
from urllib.parse import urlencode
from urllib.request import Request, urlopen

URL, TOKEN = os.environ["QUORATE_URL"], os.environ["QUORATE_TOKEN"]
PROJECT = os.environ["PROJECT"]
VERSION, BATCH = int(os.environ["VERSION"]), int(os.environ["BATCH"])

def call(method, path, body=None):
    """body: bytes, or what becomes JSON"""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"authorization": "Bearer " + TOKEN, "content-type": "application/json"}
    return urlopen(Request(URL + "/api" + path, data, headers, method=method))`;

/** @param origin of the site. */
export function sampleSetup(origin: string): { shell: string; python: string } {
  return { shell: `export QUORATE_URL=${origin}\n${SHELL_SETUP}`, python: PYTHON_SETUP };
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

type Example = {
  query?: Readonly<Record<string, string | number>>;
  /** Sent as JSON. The text $NAME stands for that variable. */
  json?: { readonly [key: string]: Json };
  /** Sent as it is: lines. */
  lines?: string;
  /** Sent as it is: a file that is there. */
  file?: string;
  /** Values in the path that are no variables. */
  path?: Readonly<Record<string, string>>;
  /** The answer is read line by line, or is a file with this name; else it is JSON. */
  answer?: "lines";
};

const FLOPS = { flops: 1_000_000 };

/** By the operation's id. What is not here has nothing but its address. */
const EXAMPLES: Readonly<Record<string, Example>> = {
  publish: { file: "my-kernel.zip" },
  putFile: { file: "genome.fa" },
  batch_plan: { json: { appVersionId: "$VERSION", harm: "serious", workunits: 100, options: FLOPS } },
  submit: {
    query: { name: "In one call", key: "in one call", format: "csv", flops: 1_000_000 },
    lines: "first,count\n1,1000\n1001,1000\n",
  },
  batch_open: { json: { appVersionId: "$VERSION", name: "In parts", key: "in parts", options: FLOPS } },
  putPart: {
    path: { number: "0" },
    lines:
      '{"name": "from 1", "input": "first=1\\ncount=1000\\n"}\n{"name": "from 1001", "input": "first=1001\\ncount=1000\\n"}\n',
  },
  batch_finish: { json: { parts: 1 } },
  batch_list: { query: { limit: 5 } },
  batch_workunits: { query: { state: "completed", limit: 10 } },
  batch_setPriority: { json: { priority: 5 } },
  batch_setNotices: { json: { stopAbove: 0.1, mailsMe: true } },
  batch_reduce: { json: { reduction: { kind: "max", field: "steps" } } },
  results: { path: { format: "jsonl" }, answer: "lines" },
  projectResults: { path: { format: "jsonl" }, query: { app: "my-kernel" }, answer: "lines" },
};

/** The variable that stands for a name in braces; `id` is of what the path begins with. */
function variableFor(name: string, path: string): string {
  if (name === "sha256") return "SHA256";
  if (name === "slug") return "PROJECT";
  return name === "appVersionId" || path.startsWith("/versions/") ? "VERSION" : "BATCH";
}

type Call = { operationId: string; method: string; path: string };

export function samplesOf(call: Call): CodeSample[] {
  const example = EXAMPLES[call.operationId] ?? {};
  return [
    { lang: "curl", source: curlSample(call, example) },
    { lang: "Python", source: pythonSample(call, example) },
  ];
}

/** The path with its names in braces replaced. */
function filled(path: string, example: Example, write: (variable: string) => string): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => example.path?.[name] ?? write(variableFor(name, path)));
}

function curlSample({ method, path }: Call, example: Example): string {
  const { query, json, lines, file } = example;
  const search = query === undefined ? "" : `?${new URLSearchParams(textsOf(query))}`;
  const address = `"$QUORATE_URL/api${filled(path, example, (name) => `$${name}`)}${search}"`;
  const sends = json !== undefined || lines !== undefined || file !== undefined;
  const sent = [
    ...(method === "GET" || (method === "POST" && sends) ? [] : [`-X ${method}`]),
    ...(json === undefined ? [] : ['-H "content-type: application/json"']),
    ...(file === undefined ? (sends ? ["--data-binary @-"] : []) : [`--data-binary @${file}`]),
  ].join(" ");
  const hash = path.includes("{sha256}") ? `SHA256=$(sha256sum < ${file} | cut -d ' ' -f 1)\n` : "";
  const body = json === undefined ? lines : `${unquoted(JSON.stringify(json, null, 2))}\n`;
  const parts = [
    'curl --fail-with-body -H "authorization: Bearer $QUORATE_TOKEN"',
    ...(sent === "" ? [] : [sent]),
    address,
  ];
  const call = hash + parts.join(" \\\n  ");
  return body === undefined ? call : `${call} <<END\n${body}END`;
}

const textsOf = (query: NonNullable<Example["query"]>) =>
  Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));

/** "$VERSION" is a variable where it stands, not a text. */
const unquoted = (text: string) => text.replaceAll(/"(\$[A-Z]+)"/g, "$1");

function pythonSample({ method, path }: Call, example: Example): string {
  const { query, json, lines, file, answer } = example;
  const address = filled(path, example, (name) => `{${name}}`);
  const quoted = `${address.includes("{") ? "f" : ""}${JSON.stringify(query === undefined ? address : `${address}?`)}`;
  const body =
    file === undefined ? (json === undefined ? bytesOf(lines) : pythonOf(json)) : `open("${file}", "rb").read()`;
  const sets = [
    ...(query === undefined ? [] : [`query = urlencode(${pythonOf(query)})`]),
    ...(body === null ? [] : [`body = ${body}`]),
    ...(path.includes("{sha256}") ? ["SHA256 = hashlib.sha256(body).hexdigest()"] : []),
  ];
  const call = `call("${method}", ${quoted}${query === undefined ? "" : " + query"}${body === null ? "" : ", body"})`;
  const reads = answer === "lines" ? `for line in ${call}:\n    print(json.loads(line))` : `print(json.load(${call}))`;
  return [...sets, reads].join("\n");
}

const bytesOf = (lines: string | undefined) => (lines === undefined ? null : `b${pythonText(lines)}`);

/** A text of Python: of several lines over several. */
function pythonText(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\");
  return text.includes("\n") ? `"""${escaped}"""` : JSON.stringify(text);
}

function pythonOf(value: Json): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return /^\$[A-Z]+$/.test(value) ? value.slice(1) : JSON.stringify(value);
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return `[${value.map(pythonOf).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${pythonOf(inner as Json)}`)
    .join(", ")}}`;
}
