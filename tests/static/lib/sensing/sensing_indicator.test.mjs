// What the lamp says: one line for the whole page, and a few words for each stream.
import assert from "node:assert/strict";
import { test } from "node:test";

import { condition, describe, lostWords, overWords, reader } from "../../../../static/js/lib/sensing/sensing_indicator.js";

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
  assert.deepEqual(told({ face: lane("no_face", 0) }), { state: "nosignal", what: "No face", quality: "no estimate" });
  assert.equal(told({ face: lane("several_faces", 0) }).quality, "more than one face, no estimate");
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

test("what could not be sent is told by stream in seconds, and nothing where nothing was lost", () => {
  assert.equal(lostWords({ pointer: 3, face: 12.4, layout: 0.2 }), "Lost while this device was offline or asleep: 3 s of pointer, 12 s of camera.");
  assert.equal(lostWords({}), "");
  assert.equal(lostWords(), "");
});

test("every end says what holds and none is silent", () => {
  for (const why of ["long", "signed_out", "elsewhere", "broken"]) assert.match(overWords(why), /\.$/);
});

test("an address without https keeps every stream off and says why", () => {
  assert.deepEqual(told({ face: lane("insecure", 0) }),
    { state: "off", what: "Sensing is off", quality: "Camera: needs a secure address (https)" });
});

test("which library looks is named with what it sees badly; before it looks, nothing is", () => {
  assert.match(reader({ ...lane("on"), backend: "human" }), /Human.*eyebrows/);
  assert.match(reader({ ...lane("on"), backend: "face_mesh" }), /MediaPipe Face Mesh.*graphics chip/);
  assert.equal(reader(lane("opening")), "");
});

test("a camera that another tab has is no guess here, and says where it is", () => {
  assert.deepEqual(told({ face: lane("other_tab") }),
    { state: "nosignal", what: "Camera", quality: "the camera is used in another tab of Attune" });
});
