import assert from "node:assert/strict";
import { test } from "node:test";

import { FACE, GAZE, LENGTH, pack, unpack } from "../../../../static/js/sensors/face/message.js";
import { channels as face, unseen } from "../../../../static/js/sensors/face.js";
import { channels as gaze } from "../../../../static/js/sensors/gaze.js";
import { readFileSync } from "node:fs";

const seen = (over) => ({ word: "on", ms: 5, quality: 0.5, faces: 1, busyMs: 30, face: null, gaze: null, ...over });
const streams = JSON.parse(readFileSync(new URL("../../../../emotion/streams.json", import.meta.url)));
const named = (name) => streams.find((stream) => stream.name === name).channels.map((channel) => channel.name);

test("rows come out of the worker as they went in", () => {
  const row = Array.from({ length: FACE }, (_, at) => at / 7);
  const said = unpack(pack(seen({ face: row, gaze: Array(GAZE).fill(NaN) })));
  assert.deepEqual(said.face, row);
  assert.equal(said.gaze.length, GAZE);
  assert.equal(unpack(pack(seen({ word: "no_face", faces: 0 }))).face, null);
  assert.equal(unpack(pack(seen({ word: "no_face" }))).word, "no_face");
});

test("there is no room for a picture: always the same few numbers", () => {
  const packed = pack(seen({ face: Array(FACE).fill(1) }));
  assert.ok(packed instanceof Float64Array);
  assert.equal(packed.length, LENGTH);
  assert.ok(LENGTH < 64);
  assert.throws(() => pack(seen({ face: Array(640 * 480).fill(1) })), /expected 44 numbers, got 307200/);
});

test("the worker posts nothing but packed numbers", () => {
  const source = readFileSync(new URL("../../../../static/js/sensors/face/worker.js", import.meta.url), "utf8");
  assert.deepEqual(source.match(/postMessage\([a-z]*/g), ["postMessage(pack"]);
  assert.doesNotMatch(source, /\bfetch\(|WebSocket|XMLHttpRequest|sendBeacon|BroadcastChannel|indexedDB|caches\b/);
});

test("channels are those of emotion/streams.json", () => {
  assert.deepEqual([...face], named("face"));
  assert.deepEqual([...gaze], named("gaze"));
  assert.equal(face.length, FACE);
  assert.equal(gaze.length, GAZE);
});

test("a slot without a frame keeps the pose and forgets what the face did", () => {
  const row = unseen(Array(FACE).fill(0.5));
  assert.ok(row.slice(0, 18).every(Number.isNaN));
  assert.deepEqual(row.slice(18, 36), Array(18).fill(0));
  assert.deepEqual(row.slice(36), Array(8).fill(0.5));
});
