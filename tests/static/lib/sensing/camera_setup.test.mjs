import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

const stored = new Map();
globalThis.sessionStorage = {
  getItem: (name) => stored.get(name) ?? null,
  setItem: (name, value) => stored.set(name, value),
  removeItem: (name) => stored.delete(name),
};
globalThis.document = { cookie: "csrftoken=mia" };

const { drop, keep, keepOnly, known } = await import("../../../../static/js/lib/sensing/camera_setup.js");
const resting = { values: [1, 2], openness: 0.3, backend: "human" };
const fit = { words: "a hand’s width", backend: "human" };

beforeEach(() => {
  stored.clear();
  document.cookie = "csrftoken=mia";
  keep("neutral", resting);
  keep("gaze", fit);
});

test("set-up results are known in this tab", () => {
  assert.deepEqual(known(), { neutral: resting, gaze: fit });
});

test("results are deleted with their stream", () => {
  keepOnly(["face", "pointer"]);
  assert.deepEqual(known(), { neutral: resting });
  keepOnly([]);
  assert.equal(stored.size, 0);
});

test("deleting both leaves nothing behind", () => {
  drop("neutral", "gaze");
  assert.equal(stored.size, 0);
});

test("another person who signs in here does not get them, and a new set-up replaces them", () => {
  document.cookie = "csrftoken=noah";
  assert.deepEqual(known(), {});
  keep("gaze", { ...fit, words: "a thumb’s width" });
  assert.deepEqual(Object.keys(known()), ["gaze"]);
});

test("blocked storage is no error", () => {
  const open = globalThis.sessionStorage;
  globalThis.sessionStorage = { getItem() { throw new Error("closed"); }, setItem() { throw new Error("closed"); }, removeItem() { throw new Error("closed"); } };
  assert.deepEqual(known(), {});
  assert.doesNotThrow(() => { keep("gaze", fit); drop("gaze"); });
  globalThis.sessionStorage = open;
});
