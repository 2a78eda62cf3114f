import assert from "node:assert/strict";
import { test } from "node:test";

import { bytesUsed, MemoryWatch, MOST_GROWTH } from "../../../static/js/telemetry/memory_watch.js";

const MB = 1024 * 1024;

async function seen(...measured) {
  const acts = [];
  const watch = new MemoryWatch(async () => measured.shift(), () => acts.push(measured.length));
  while (measured.length) await watch.look();
  return acts;
}

test("memory that grows and shrinks again is left alone", async () => {
  assert.deepEqual(await seen(100 * MB, 300 * MB, 100 * MB, 100 * MB + MOST_GROWTH), []);
});

test("memory far beyond the minimum reopens the sensors, once for each growth", async () => {
  const most = 100 * MB + MOST_GROWTH + 1;
  assert.deepEqual(await seen(100 * MB, most, most, 100 * MB, most), [3, 0]);
});

test("a browser that reports nothing, or fails, changes nothing; measurements do not overlap", async () => {
  assert.equal(await bytesUsed(), null);
  let asked = 0;
  const watch = new MemoryWatch(async () => { asked += 1; throw new Error("no"); }, () => assert.fail());
  await Promise.all([watch.look(), watch.look()]);
  assert.equal(asked, 1);
  await watch.look();
  assert.equal(asked, 2);
});
