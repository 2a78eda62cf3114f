import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { PulseLane } from "../../../../static/js/sensors/rppg/stream.js";

let told;
let lane;
const seen = (ms, over = {}) => ({ word: "on", ms, quality: 1, faces: 1, busyMs: 20, backend: "human", face: null, gaze: null, ...over });
const nobody = (ms, word = "no_face") => seen(ms, { word, faces: 0 });
const second = (ms, hr = 72, word = "on") => ({ word, ms, row: [hr, 8, 1, word === "on" ? 0.99 : 0] });
const words = () => told.filter(({ rows, about }) => !rows.length && !about.device).map(({ about }) => about.state);
const given = () => told.filter(({ rows }) => rows.length);

beforeEach(() => {
  told = [];
  lane = new PulseLane((rows, about) => told.push({ rows, about }));
  lane.is("opening");
});

test("with a face it measures a pulse, and reports the library that found the face", () => {
  lane.saw(seen(1000));
  assert.deepEqual(words(), ["opening", "looking"]);
  const { about } = told.find((each) => each.about.device);
  assert.deepEqual(about, { state: "looking", quality: 0, device: { backend: "human", scale: 1 } });
});

test("each second's row is delivered with word, quality, its time and its meaning", () => {
  lane.saw(seen(1000));
  lane.heard(second(12_000, 71.6));
  assert.deepEqual(given(), [{
    rows: [[71.6, 8, 1, 0.99]],
    about: { state: "on", quality: 0.99, endMs: 12_000, note: "about 72 per minute (rough); known in 1 of 1 seconds" },
  }]);
});

test("an uncertain second is a row without a rate, with the reason and the progress", () => {
  lane.saw(seen(1000));
  lane.heard(second(12_000));
  lane.heard(second(13_000, NaN, "moving"));
  const [, { rows, about }] = given();
  assert.deepEqual(rows, [[NaN, 8, 1, 0]]);
  assert.equal(about.state, "moving");
  assert.equal(about.note, "known in 1 of 2 seconds");
});

test("before there are ten seconds there is no row", () => {
  lane.saw(seen(1000));
  lane.heard({ word: "looking", ms: 2000, row: null });
  assert.deepEqual(given(), []);
});

test("two seconds without exactly one face are reported, and a returning face is measured again", () => {
  lane.saw(seen(1000));
  lane.saw(nobody(2900));
  lane.saw(nobody(3100, "several_faces"));
  assert.deepEqual(words(), ["opening", "looking", "several_faces"]);
  lane.saw(seen(3200));
  assert.deepEqual(words(), ["opening", "looking", "several_faces", "looking"]);
});

test("a face that looks away for a moment changes nothing", () => {
  lane.saw(seen(1000));
  lane.heard(second(12_000));
  lane.saw(seen(12_000));
  lane.saw(nobody(12_500));
  lane.saw(seen(13_000));
  assert.deepEqual(words(), ["opening", "looking"]);
});

test("rows after the camera closed are dropped", () => {
  lane.saw(seen(1000));
  lane.is("hidden");
  lane.heard(second(12_000));
  assert.deepEqual(given(), []);
  assert.deepEqual(words(), ["opening", "looking", "hidden"]);
});

test("a camera without pictures for long is reported", () => {
  lane.saw(seen(1000));
  lane.tick(8900);
  lane.tick(9100);
  assert.deepEqual(words(), ["opening", "looking", "no_picture"]);
});
