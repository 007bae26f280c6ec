/** Runs one step of the start and says what it is and how long it took; a quick one (nothing to do) says nothing. */
export async function step<T>(what: string, run: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const announce = setTimeout(() => process.stdout.write(`${what} ...\n`), QUIET_MS);
  const tick = setInterval(() => process.stdout.write(`  ${secondsSince(began)} s\n`), TICK_MS);
  try {
    const result = await run();
    if (performance.now() - began >= QUIET_MS) process.stdout.write(`${what}: done in ${secondsSince(began)} s\n`);
    return result;
  } finally {
    clearTimeout(announce);
    clearInterval(tick);
  }
}

const QUIET_MS = 500;
const TICK_MS = 10_000;

function secondsSince(began: number): string {
  return ((performance.now() - began) / 1000).toFixed(1);
}
