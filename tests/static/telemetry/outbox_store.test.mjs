import assert from "node:assert/strict";
import { test } from "node:test";

import { openStore } from "../../../static/js/telemetry/outbox_store.js";

test("a store that never answers, as when another page blocks it, becomes memory", async () => {
  globalThis.indexedDB = { open: () => ({}) };
  const store = await openStore(20);
  await store.put("s1/b/pointer/0000000000", { seq: 0 });
  assert.deepEqual(await store.entries("s1/"), [["s1/b/pointer/0000000000", { seq: 0 }]]);
});

test("a store that cannot be opened becomes memory at once", async () => {
  globalThis.indexedDB = { open: () => { throw new DOMException("closed", "SecurityError"); } };
  const store = await openStore(60_000);
  assert.deepEqual(await store.entries(""), []);
});

/** A fake IndexedDB with the parts that the store uses, and a record of each connection. */
function browserStore() {
  const rows = new Map();
  const connections = [];
  const answer = (request, result) => {
    queueMicrotask(() => { request.result = result; request.onsuccess?.(); });
    return request;
  };
  const table = {
    put: (value, key) => answer({}, rows.set(key, value)),
    delete: (key) => answer({}, rows.delete(key)),
    getAllKeys: () => answer({}, [...rows.keys()]),
    getAll: () => answer({}, [...rows.values()]),
  };
  globalThis.IDBKeyRange = { bound: () => ({}) };
  globalThis.window = new EventTarget();
  globalThis.indexedDB = {
    open: () => {
      const connection = { open: true, close() { this.open = false; } };
      connection.transaction = () => {
        if (!connection.open) throw new DOMException("closed", "InvalidStateError");
        return { objectStore: () => table };
      };
      connections.push(connection);
      return answer({}, connection);
    },
  };
  return { rows, connections };
}

/** Wait until each resolved promise has been handled. */
const settled = () => new Promise((resolve) => { setTimeout(resolve, 0); });

test("a page that leaves closes its connection, and stores nothing until it returns", async () => {
  const { rows, connections } = browserStore();
  const store = await openStore();
  await store.put("a", 1);
  assert.deepEqual(connections.map((each) => each.open), [true]);

  store.close();
  await settled();
  assert.deepEqual(connections.map((each) => each.open), [false]);

  const late = store.put("b", 2);
  await settled();
  assert.deepEqual([[...rows.keys()], connections.length], [["a"], 1]);

  window.dispatchEvent(new Event("pageshow"));
  await late;
  assert.deepEqual([...rows.keys()], ["a", "b"]);
  assert.deepEqual(connections.map((each) => each.open), [false, true]);
});

test("another page that deletes the database at sign-out does not wait for this one", async () => {
  const { connections } = browserStore();
  await openStore();
  connections[0].onversionchange();
  assert.equal(connections[0].open, false);
});
