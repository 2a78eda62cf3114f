import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Lane } from "../../../../static/js/sensors/face/stream.js";

let told;
let lane;
const seen = (ms, over = {}) => ({ word: "on", ms, quality: 1, faces: 1, busyMs: 20, backend: "human", face: [ms], gaze: null, ...over });
const nobody = (ms, word = "no_face") => seen(ms, { word, face: null, quality: 0, faces: 0 });
const words = () => told.filter(({ rows, about }) => !rows.length && !about.device).map(({ about }) => about.state);

beforeEach(() => {
  told = [];
  lane = new Lane("face", (row) => row, (rows, about) => told.push({ rows, about }));
  lane.is("opening");
});
const devices = () => told.filter(({ about }) => about.device).map(({ about }) => about.device);

test("rows are delivered with quality, word and the time they ended", () => {
  for (let at = 0; at < 10; at += 1) lane.saw(seen(1000 + 100 * at));
  const [{ rows, about }] = told.filter((each) => each.rows.length);
  assert.equal(rows.length, 10);
  assert.deepEqual(about, { state: "on", quality: 1, rateHz: 10, endMs: 2000 });
  assert.deepEqual(words(), ["opening", "on"]);
});

test("asked for two rows a second it gives two, and reports it; it never gives more than ten", () => {
  lane.saw(seen(1000));
  lane.slow(2);
  for (let at = 0; at < 40; at += 1) lane.saw(seen(2000 + 100 * at));
  const given = told.filter((each) => each.rows.length);
  assert.deepEqual(given.map(({ rows, about }) => [rows.length, about.rateHz]), [[1, 10], [2, 2], [2, 2], [2, 2], [2, 2]]);
  assert.equal(given.at(-1).about.endMs, 6000);
  lane.slow(30);
  assert.equal(lane.rateHz, 10);
});

test("without a face there is no row, and after two seconds it says so", () => {
  lane.saw(seen(1000));
  lane.saw(nobody(2900));
  assert.deepEqual(words(), ["opening", "on"]);
  lane.saw(nobody(3000));
  assert.deepEqual(words(), ["opening", "on", "no_face"]);
  lane.grid.flush();
  assert.equal(told.flatMap(({ rows }) => rows).length, 1);
});

test("a face that was never there is reported two seconds after the first picture", () => {
  lane.saw(nobody(50_000));
  lane.saw(nobody(52_000, "several_faces"));
  assert.deepEqual(words(), ["opening", "several_faces"]);
});

test("a face that comes back is reported at once", () => {
  lane.saw(nobody(1000));
  lane.saw(nobody(3500));
  lane.saw(seen(3600));
  assert.deepEqual(words(), ["opening", "no_face", "on"]);
});

test("rows of another stream are ignored", () => {
  lane.saw(seen(1000, { face: null, gaze: [1] }));
  lane.grid.flush();
  assert.deepEqual(told.filter(({ rows }) => rows.length), []);
});

test("a camera without pictures for long is reported", () => {
  lane.saw(seen(1000));
  lane.tick(8000);
  assert.deepEqual(words(), ["opening", "on"]);
  lane.tick(9500);
  assert.deepEqual(words(), ["opening", "on", "no_picture"]);
});

test("rows from before the camera closed are still delivered", () => {
  lane.saw(seen(1000));
  lane.is("unplugged");
  assert.deepEqual(told.flatMap(({ rows }) => rows), [[1000]]);
  assert.deepEqual(words(), ["opening", "on", "unplugged"]);
});

test("the library is reported before its first row, and again when another takes over", () => {
  lane.saw(seen(1000));
  lane.saw(seen(1100));
  assert.deepEqual(devices(), [{ backend: "human", scale: 1 }]);
  lane.saw(seen(1200, { backend: "face_mesh" }));
  lane.grid.flush();
  assert.deepEqual(devices().map(({ backend }) => backend), ["human", "face_mesh"]);
  const order = told.map(({ rows, about }) => about.device?.backend ?? rows.length);
  assert.deepEqual(order.filter((each) => each), ["human", 2, "face_mesh", 1]);
});
