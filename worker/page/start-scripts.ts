import { startComputeWorker } from "../hosts/browser/spawn-compute.ts";

/**
 * The scripts of the supervisor and of its compute workers, all asked for at the click. The bundler cuts a worker into
 * several scripts, which it loads one after the other, the compute worker's only after the supervisor's; measured with a
 * round trip of 200 ms, that alone took 2.4 s. Asked for at once, they are in the browser's cache when they are wanted.
 */

/** Starts the supervisor's worker. */
export function startSupervisorWorker(): Worker {
  for (const address of [supervisorAddress(), computeAddress()])
    for (const script of scriptsOf(address)) fetchAhead(script);
  return newSupervisor();
}

const newSupervisor = (): Worker =>
  new Worker(new URL("../hosts/browser/supervisor.worker.ts", import.meta.url), { type: "module" });
const supervisorAddress = (): string => addressGivenBy(newSupervisor);
const computeAddress = (): string => addressGivenBy(startComputeWorker);

/** The address that a worker would be started with. The bundler replaces the whole call, and knows it only inside. */
function addressGivenBy(start: () => Worker): string {
  let given = "";
  const real = globalThis.Worker;
  class Noted {
    constructor(address: string | URL) {
      given = String(address);
    }
  }
  globalThis.Worker = Noted as unknown as typeof Worker;
  try {
    start();
  } finally {
    globalThis.Worker = real;
  }
  return given;
}

/** Where a bundler names a worker's scripts in another way there is nothing to fetch ahead, and the worker starts as ever. */
function scriptsOf(address: string): string[] {
  const [start = "", parameters] = address.split("#params=");
  if (parameters === undefined) return [];
  const [scripts] = JSON.parse(decodeURIComponent(parameters)) as [unknown];
  return [start, ...(Array.isArray(scripts) ? scripts.filter((script) => typeof script === "string") : [])];
}

function fetchAhead(script: string): void {
  // Whatever fails here fails again where it matters.
  fetch(script).then(
    (response) => response.arrayBuffer(),
    () => undefined,
  );
}
