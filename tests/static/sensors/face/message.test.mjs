import assert from "node:assert/strict";
import { test } from "node:test";

import { BACKENDS, FACE, GAZE, LENGTH, pack, packRest, REST, unpack, unpackRest } from "../../../../static/js/sensors/face/message.js";
import { channels as face, unseen } from "../../../../static/js/sensors/face.js";
import { channels as gaze } from "../../../../static/js/sensors/gaze.js";
import { readFileSync } from "node:fs";

const seen = (over) => ({ word: "on", ms: 5, quality: 0.5, faces: 1, busyMs: 30, backend: "human", face: null, gaze: null, ...over });
const streams = JSON.parse(readFileSync(new URL("../../../../emotion/streams.json", import.meta.url)));
const named = (name) => streams.find((stream) => stream.name === name).channels.map((channel) => channel.name);

test("rows are unpacked as they were packed", () => {
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

test("a face at rest has its own length", () => {
  const resting = { values: Array.from({ length: 18 }, (_, at) => at), openness: 0.3 };
  assert.deepEqual(unpackRest(packRest(resting)), resting);
  assert.equal(unpackRest(pack(seen())), null);
  assert.notEqual(REST, LENGTH);
  assert.throws(() => packRest({ values: Array(400).fill(1), openness: 1 }), /expected 19 numbers/);
});

const folder = new URL("../../../../static/js/sensors/face/", import.meta.url);
const inWorker = ["worker.js", "worker_loop.js", "analysis.js", "library.js", "backends/choice.js", "backends/human.js", "backends/face_mesh.js"];
const source = (file) => readFileSync(new URL(file, folder), "utf8");

test("the worker posts nothing but packed numbers", () => {
  const posted = inWorker.flatMap((file) => source(file).match(/postMessage\([^(]*/g) ?? []);
  assert.ok(posted.includes("postMessage(pack"));
  for (const call of posted) assert.match(call, /^postMessage\(pack[A-Z]?[a-z]*$/);
});

test("it has no way out, and one way in: files checked by their digests", () => {
  for (const file of inWorker) {
    assert.doesNotMatch(source(file), /WebSocket|XMLHttpRequest|sendBeacon|BroadcastChannel|indexedDB|caches\b/, file);
    const fetches = source(file).match(/\bfetch\([^)]*\)/g) ?? [];
    assert.deepEqual(fetches, file === "library.js" ? ["fetch(`${base}${file}`, { integrity })"] : [], file);
  }
});

test("channels are those of emotion/streams.json", () => {
  assert.deepEqual([...face], named("face"));
  assert.deepEqual([...gaze], named("gaze"));
  assert.equal(face.length, FACE);
  assert.equal(gaze.length, GAZE);
});

test("libraries are those that streams.json names for a page", () => {
  const listed = (name) => streams.find((stream) => stream.name === name).backends;
  for (const name of ["face", "gaze"]) assert.deepEqual(listed(name).filter((each) => each !== "openface"), BACKENDS.slice(1));
});

test("a slot without a frame keeps the pose and drops the action units", () => {
  const row = unseen(Array(FACE).fill(0.5));
  assert.ok(row.slice(0, 18).every(Number.isNaN));
  assert.deepEqual(row.slice(18, 36), Array(18).fill(0));
  assert.deepEqual(row.slice(36), Array(8).fill(0.5));
});
