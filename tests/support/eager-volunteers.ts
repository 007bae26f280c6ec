import { join } from "node:path";
import { HELD_RANK } from "../../server/sql/find-candidates.ts";
import { type Headless, startHeadless } from "./headless.ts";
import type { Site } from "./site.ts";

/** Volunteers who come when there is work and leave when there is none: nobody waits until an idle one asks again. */
export type EagerVolunteers = {
  /** Everything they have written, for whoever looks for what went wrong. */
  output(): string;
  stop(): Promise<void>;
};

const LOOK_EVERY_MS = 250;
/** Results of more than this are for nobody: tests ask for it where a batch is to wait. */
const MEMORY_MAX_BYTES = 2 ** 40;

/** Each of `names` is a user and a device of its own, below `folder`. */
export function openEagerVolunteers(
  site: Pick<Site, "url" | "pool">,
  { folder, names }: { folder: string; names: readonly string[] },
): EagerVolunteers {
  const here = new Map<string, Headless>();
  const outputs: string[] = [];
  let isOver = false;
  const comeAndGo = async (name: string) => {
    const volunteer = startHeadless({ url: site.url, identity: join(folder, name), name, once: true });
    here.set(name, volunteer);
    await volunteer.ended();
    outputs.push(volunteer.output());
    here.delete(name);
  };
  const going: Promise<void>[] = [];
  const look = async () => {
    while (!isOver) {
      const { rowCount } = await site.pool.query(
        `select from result r join workunit w on w.id = r.workunit_id
          where r.state = 'unsent' and w.memory_bytes < $1 and r.queue_rank < ${HELD_RANK} limit 1`,
        [MEMORY_MAX_BYTES],
      );
      if (rowCount === 1) going.push(...names.filter((name) => !here.has(name)).map(comeAndGo));
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  };
  const looking = look();
  return {
    output: () => [...outputs, ...[...here.values()].map((volunteer) => volunteer.output())].join("\n"),
    async stop() {
      isOver = true;
      await looking;
      await Promise.all([...here.values()].map((volunteer) => volunteer.stop()));
      await Promise.all(going);
    },
  };
}
