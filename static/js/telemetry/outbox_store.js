// @ts-check
/**
 * The storage of the outbox across pages: IndexedDB, or this page's memory where that is blocked.
 */

/**
 * @typedef {{put: (key: string, value: any) => Promise<void>,
 *   remove: (keys: string[]) => Promise<void>,
 *   entries: (prefix: string) => Promise<[string, any][]>, close: () => void}} Store
 *   close: the page leaves; later requests wait until it comes back
 */

const NAME = "attune-outbox";
const TABLE = "kept";
const ANSWERS_WITHIN_MS = 3000;
/** A key that no row has. */
const PROBE = "probe/";

/** @returns {Store} */
export function memoryStore() {
  /** @type {Map<string, any>} */
  const kept = new Map();
  return {
    put: async (key, value) => void kept.set(key, value),
    remove: async (keys) => keys.forEach((key) => kept.delete(key)),
    entries: async (prefix) => [...kept].filter(([key]) => key.startsWith(prefix)).sort(byKey),
    close: () => {},
  };
}

/**
 * Return the browser's store, or memory where it is blocked or does not answer: sensing never waits
 * for it.
 * @param {number} [withinMs] @returns {Promise<Store>}
 */
export async function openStore(withinMs = ANSWERS_WITHIN_MS) {
  const store = indexedStore();
  /** @type {any} */
  let timer;
  /** @type {Promise<Store>} */
  const late = new Promise((resolve) => { timer = setTimeout(() => resolve(memoryStore()), withinMs); });
  try {
    return await Promise.race([store.entries(PROBE).then(() => store), late]);
  } catch {
    return memoryStore();
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Opens on first use. WebKit blocks each later page of the site while a page that left has a
 * connection, so `close` releases it; a page that returns opens another.
 * @returns {Store}
 */
function indexedStore() {
  /** @type {Promise<IDBDatabase> | undefined} */
  let opening;
  const table = async (/** @type {IDBTransactionMode} */ mode) => {
    opening ??= opened();
    return (await opening).transaction(TABLE, mode).objectStore(TABLE);
  };
  return {
    put: async (key, value) => void (await done((await table("readwrite")).put(value, key))),
    remove: async (keys) => {
      const rows = await table("readwrite");
      await Promise.all(keys.map((key) => done(rows.delete(key))));
    },
    entries: async (prefix) => {
      const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
      const rows = await table("readonly");
      const [keys, values] = await Promise.all([done(rows.getAllKeys(range)), done(rows.getAll(range))]);
      return keys.map((key, index) => /** @type {[string, any]} */ ([String(key), values[index]]));
    },
    close: () => {
      opening?.then((database) => database.close(), () => {});
      opening = shown().then(opened);
      // Until something is stored again, a database that cannot be opened is no error.
      opening.catch(() => {});
    },
  };
}

/** Resolve when the page comes back from the back/forward cache. @returns {Promise<void>} */
function shown() {
  return new Promise((resolve) => { window.addEventListener("pageshow", () => resolve(), { once: true }); });
}

/** @returns {Promise<IDBDatabase>} */
function opened() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
  return done(request).then((database) => {
    // A deletion at sign-out, in this tab or another, does not wait for this page.
    database.onversionchange = () => database.close();
    return database;
  });
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
