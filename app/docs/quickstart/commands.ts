/** What the quickstart has typed, step by step; tests/unit/docs.test.ts holds it against the programs that it names. */
export const KERNEL_COMMANDS = [
  "npm run kernel:new -- my-kernel",
  "npm run build:kernels -- --only my-kernel",
  "npx vitest run --project kernels tests/kernels/my-kernel.test.ts",
];

export const publishCommands = (site: string) => [
  `npm install --global ${site}/download/quorate.tgz`,
  `echo "$TOKEN" | quorate login ${site}`,
  "quorate publish .build/kernels/my-kernel --project my-project",
];

export const SUBMIT_COMMANDS = [
  `echo '{"first": 1, "count": 1000}' > inputs.jsonl`,
  `echo '{"first": 1001, "count": 1000}' >> inputs.jsonl`,
  'quorate submit my-project/my-kernel inputs.jsonl --key "first try"',
];

export const WATCH_COMMANDS = ["quorate watch 12", "quorate results 12 --format csv > results.csv"];

export const httpCommands = (site: string) => [
  `curl -H "authorization: Bearer $TOKEN" ${site}/api/whoami`,
  `curl -H "authorization: Bearer $TOKEN" ${site}/api/projects/my-project/versions`,
  `curl -H "authorization: Bearer $TOKEN" ${site}/api/batches/12/results.jsonl`,
];
