// @ts-check
/**
 * What a person leaves in this browser: drafts, unsent numbers, positions.
 *
 * All of it is deleted at sign-out and before another person uses a page; an expired session
 * deletes nothing.
 */

/** A database that another tab has open is deleted as soon as that tab closes it. */
const WAIT_MS = 1000;

/** Delete everything this origin has stored, except what only the server can delete. */
export async function forgetPerson() {
  for (const store of [() => sessionStorage, () => localStorage]) {
    try { store().clear(); } catch { /* Blocked storage contains nothing. */ }
  }
  const late = new Promise((done) => setTimeout(done, WAIT_MS));
  await Promise.race([Promise.allSettled([dropDatabases(), dropCaches()]), late]);
}

async function dropDatabases() {
  const listed = await globalThis.indexedDB?.databases?.() ?? [{ name: "attune-outbox" }];
  await Promise.all(listed.map(({ name }) => name && dropped(name)));
}

/** @param {string} name */
function dropped(name) {
  return new Promise((done) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = request.onerror = () => done(undefined);
  });
}

async function dropCaches() {
  const names = await globalThis.caches?.keys() ?? [];
  await Promise.all(names.map((name) => caches.delete(name)));
}
