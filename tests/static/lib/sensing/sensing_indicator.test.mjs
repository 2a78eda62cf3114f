// The sensing indicator: one line for the whole page, and a few words for each stream.
import assert from "node:assert/strict";
import { test } from "node:test";

import { condition, describe, lostWords, overWords, reader } from "../../../../static/js/lib/sensing/sensing_indicator.js";

const lane = (state, quality = 1) => ({ state, quality });
const told = (streams, paused = false) => describe({ streams, paused, online: true });

test("nothing allowed means off, without an explanation", () => {
  assert.deepEqual(told({}), { state: "off", what: "Sensing is off", quality: "" });
});

test("good streams are named together", () => {
  const { state, what, quality } = told({ face: lane("on"), pointer: lane("on") });
  assert.deepEqual([state, what, quality], ["on", "Camera, pointer", "good"]);
});

for (const [word, said] of Object.entries({ dark: "poor light", turned: "turned away", loose: "loose contact" })) {
  test(`a weak stream gives its reason: ${said}`, () => {
    assert.deepEqual([told({ face: lane(word, 0.3) }).state, told({ face: lane(word, 0.3) }).quality], ["weak", said]);
  });
}

test("low quality alone is a weak signal", () => {
  assert.equal(told({ face: lane("on", 0.4) }).quality, "weak signal");
});

test("no face means no signal and no estimate", () => {
  assert.deepEqual(told({ face: lane("no_face", 0) }), { state: "nosignal", what: "No face", quality: "no estimate" });
  assert.equal(told({ face: lane("several_faces", 0) }).quality, "more than one face, no estimate");
});

for (const [word, said] of Object.entries({
  denied: "not allowed by the browser", no_camera: "no camera found", unplugged: "the camera was unplugged",
  busy: "the camera is in use elsewhere", no_library: "not installed on this site",
})) {
  test(`a camera that cannot run leaves the indicator off with: ${said}`, () => {
    assert.deepEqual(told({ face: lane(word, 0) }), { state: "off", what: "Sensing is off", quality: `Camera: ${said}` });
    assert.equal(condition(lane(word)), said);
    assert.deepEqual(told({ face: lane(word, 0), pointer: lane("on") }),
      { state: "on", what: "Pointer", quality: `camera: ${said}` });
  });
}

test("a sensor that was not chosen yet is not mentioned next to running ones", () => {
  assert.equal(told({ heart: lane("unpaired"), eda: lane("no sensor"), pointer: lane("on") }).quality, "good");
});

test("paused says paused, whatever the streams are", () => {
  assert.equal(told({ face: lane("paused") }, true).state, "paused");
});

test("unsent data is listed by stream in seconds, and nothing where nothing was lost", () => {
  assert.equal(lostWords({ pointer: 3, face: 12.4, layout: 0.2 }), "Lost while this device was offline or asleep: 3 s of pointer, 12 s of camera.");
  assert.equal(lostWords({}), "");
  assert.equal(lostWords(), "");
});

test("each end has a message with its consequence", () => {
  for (const why of ["long", "signed_out", "elsewhere", "broken"]) assert.match(overWords(why), /\.$/);
});

test("an address without https keeps each stream off and gives the reason", () => {
  assert.deepEqual(told({ face: lane("insecure", 0) }),
    { state: "off", what: "Sensing is off", quality: "Camera: needs a secure address (https)" });
});

test("the library is named with its weakness; before it runs, nothing is named", () => {
  assert.match(reader({ ...lane("on"), backend: "human" }), /Human.*eyebrows/);
  assert.match(reader({ ...lane("on"), backend: "face_mesh" }), /MediaPipe Face Mesh.*graphics chip/);
  assert.equal(reader(lane("opening")), "");
});

test("a camera used by another tab gives no estimate here, and says where it is", () => {
  assert.deepEqual(told({ face: lane("other_tab") }),
    { state: "nosignal", what: "Camera", quality: "the camera is used in another tab of Attune" });
});
