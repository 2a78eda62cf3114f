import assert from "node:assert/strict";
import { test } from "node:test";

import { openStore } from "../../../static/js/telemetry/store.js";

test("a store that never answers, as one that another page blocks, becomes memory", async () => {
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
