import type { Page } from "@playwright/test";

/** What a page's browser has stored of Quorate's, as tests look at it. */

export type StoredCheckpoint = { resultId: string; progress: number };

/** Checkpoints of unfinished work. */
export function storedCheckpoints(page: Page): Promise<StoredCheckpoint[]> {
  return page.evaluate(async () => {
    const ended = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    // Opening it would make it, empty, before the volunteer's own client does.
    if (!(await indexedDB.databases()).some(({ name }) => name === "quorate")) return [];
    const database = await ended(indexedDB.open("quorate"));
    const tasks: { lease: { resultId: string }; checkpoint: { progress: number } }[] = await ended(
      database.transaction("tasks").objectStore("tasks").getAll(),
    );
    database.close();
    return tasks.map(({ lease, checkpoint }) => ({ resultId: lease.resultId, progress: checkpoint.progress }));
  });
}

/** Everything that is stored: keys of the two storages, and how many values each collection of the database has. */
export function storedEverything(page: Page): Promise<{ keys: string[]; values: number }> {
  return page.evaluate(async () => {
    const ended = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    let values = 0;
    for (const { name = "" } of await indexedDB.databases()) {
      const database = await ended(indexedDB.open(name));
      for (const store of database.objectStoreNames)
        values += await ended(database.transaction(store).objectStore(store).count());
      database.close();
    }
    return { keys: [...Object.keys(localStorage), ...Object.keys(sessionStorage)], values };
  });
}
