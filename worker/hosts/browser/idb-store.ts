import { type IDBPDatabase, openDB } from "idb";
import { type Change, COLLECTIONS, type CollectionName, type Collections, type Store } from "../../supervisor/store.ts";

/** The volunteer's store in IndexedDB: one object store per collection. Opened only after consent. */

const DATABASE = "quorate";
const VERSION = 1;

/** @throws where the browser allows no storage (some private windows). */
export async function openIdbStore(): Promise<Store> {
  const database = await openVolunteerDatabase();
  return {
    get: async <Name extends CollectionName>(name: Name, key: string) =>
      (await database.get(name, key)) as Collections[Name] | undefined,
    all: async <Name extends CollectionName>(name: Name) => (await database.getAll(name)) as Collections[Name][],
    async write(changes: readonly Change[]) {
      if (changes.length === 0) return;
      const names = new Set(changes.map((change) => ("put" in change ? change.put : change.drop)));
      const transaction = database.transaction([...names], "readwrite");
      const requests = changes.map((change) => {
        if ("put" in change) return transaction.objectStore(change.put).put(change.value, change.key);
        return transaction.objectStore(change.drop).delete(change.key);
      });
      await Promise.all([...requests, transaction.done]);
    },
    // Cleared, not deleted: a second tab that has it open would hold up a deletion, and with it every later opening.
    async wipe() {
      const transaction = database.transaction([...COLLECTIONS], "readwrite");
      await Promise.all([...COLLECTIONS.map((name) => transaction.objectStore(name).clear()), transaction.done]);
    },
  };
}

export function openVolunteerDatabase(): Promise<IDBPDatabase> {
  return openDB(DATABASE, VERSION, {
    upgrade(database) {
      for (const name of COLLECTIONS) {
        if (!database.objectStoreNames.contains(name)) database.createObjectStore(name);
      }
    },
  });
}
