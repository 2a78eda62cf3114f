// What the lamp says: one line for the whole page, and a few words for each stream.
import assert from "node:assert/strict";
import { test } from "node:test";

import { condition, describe } from "../../../static/js/lib/lamp.js";

const lane = (state, quality = 1) => ({ state, quality });
const told = (streams, paused = false) => describe({ streams, paused, online: true });

test("nothing allowed is off, with nothing to explain", () => {
  assert.deepEqual(told({}), { state: "off", what: "Sensing is off", quality: "" });
});

test("good streams are named together", () => {
  const { state, what, quality } = told({ face: lane("on"), pointer: lane("on") });
  assert.deepEqual([state, what, quality], ["on", "Camera, pointer", "good"]);
});

for (const [word, said] of Object.entries({ dark: "poor light", turned: "turned away", loose: "loose contact" })) {
  test(`a weak stream says why: ${said}`, () => {
    assert.deepEqual([told({ face: lane(word, 0.3) }).state, told({ face: lane(word, 0.3) }).quality], ["weak", said]);
  });
}

test("low quality alone is a weak signal", () => {
  assert.equal(told({ face: lane("on", 0.4) }).quality, "weak signal");
});

test("no face is no signal and no guess", () => {
  assert.deepEqual(told({ face: lane("no_face", 0) }), { state: "nosignal", what: "No face", quality: "not guessing" });
  assert.equal(told({ face: lane("several_faces", 0) }).quality, "more than one face, not guessing");
});

for (const [word, said] of Object.entries({
  denied: "not allowed by the browser", no_camera: "no camera found", unplugged: "the camera was unplugged",
  busy: "the camera is in use elsewhere", no_library: "not installed on this site",
})) {
  test(`a camera that cannot run leaves the lamp off and says: ${said}`, () => {
    assert.deepEqual(told({ face: lane(word, 0) }), { state: "off", what: "Sensing is off", quality: `Camera: ${said}` });
    assert.equal(condition(lane(word)), said);
    assert.deepEqual(told({ face: lane(word, 0), pointer: lane("on") }),
      { state: "on", what: "Pointer", quality: `camera: ${said}` });
  });
}

test("a sensor that nobody chose yet is no news beside others that run", () => {
  assert.equal(told({ heart: lane("unpaired"), eda: lane("no sensor"), pointer: lane("on") }).quality, "good");
});

test("paused says paused, whatever the streams are", () => {
  assert.equal(told({ face: lane("paused") }, true).state, "paused");
});
