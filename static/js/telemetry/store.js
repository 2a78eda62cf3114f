// @ts-check
/** Where the outbox outlives its page: IndexedDB, or this page's memory where that is closed. */

/** @typedef {{put: (key: string, value: any) => Promise<void>, remove: (keys: string[]) => Promise<void>,
 *   entries: (prefix: string) => Promise<[string, any][]>}} Store */

const NAME = "attune-outbox";
const TABLE = "kept";

/** @returns {Store} */
export function memoryStore() {
  /** @type {Map<string, any>} */
  const kept = new Map();
  return {
    put: async (key, value) => void kept.set(key, value),
    remove: async (keys) => keys.forEach((key) => kept.delete(key)),
    entries: async (prefix) => [...kept].filter(([key]) => key.startsWith(prefix)).sort(byKey),
  };
}

/** @returns {Promise<Store>} */
export async function openStore() {
  try {
    return indexedStore(await opened());
  } catch {
    return memoryStore();
  }
}

/** @param {IDBDatabase} database @returns {Store} */
function indexedStore(database) {
  const table = (/** @type {IDBTransactionMode} */ mode) =>
    database.transaction(TABLE, mode).objectStore(TABLE);
  return {
    put: async (key, value) => void (await done(table("readwrite").put(value, key))),
    remove: async (keys) => {
      const rows = table("readwrite");
      await Promise.all(keys.map((key) => done(rows.delete(key))));
    },
    entries: async (prefix) => {
      const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
      const rows = table("readonly");
      const [keys, values] = await Promise.all([done(rows.getAllKeys(range)), done(rows.getAll(range))]);
      return keys.map((key, index) => /** @type {[string, any]} */ ([String(key), values[index]]));
    },
  };
}

/** @returns {Promise<IDBDatabase>} */
function opened() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
  return done(request);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {[string, any]} a @param {[string, any]} b */
function byKey([a], [b]) {
  return a < b ? -1 : 1;
}
