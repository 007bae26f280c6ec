import type { Quorate } from "../client.ts";
import type { Terminal } from "./terminal.ts";

/** What every command has. */
export type Cli = {
  /** Asked for when a command runs: its options are known only then. */
  terminal(): Terminal;
  /** @throws {Misused} when nothing says which site. */
  client(): Promise<Quorate>;
  environment: NodeJS.ProcessEnv;
};
