import { joinPostgres } from "../../server/database/embedded/join.ts";

/** A process that uses the embedded PostgreSQL of the folder in its first argument until it is told to stop. */
const database = await joinPostgres({ dataFolder: process.argv[2] ?? "", say: (sentence) => console.error(sentence) });
console.log(database.url);
process.once("SIGTERM", () => {
  void database.leave().then(() => process.exit(0));
});
