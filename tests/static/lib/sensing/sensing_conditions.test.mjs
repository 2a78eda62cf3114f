import assert from "node:assert/strict";
import { test } from "node:test";
import { condition, describe } from "../../../../static/js/lib/sensing/sensing_indicator.js";

const lane = (state, quality = null) => ({ state, quality });
const say = (streams, paused = false) => describe({ paused, online: true, streams });

test("no stream, or only such as cannot run here, is off", () => {
  assert.deepEqual(say({}), { state: "off", what: "Sensing is off", quality: "" });
  assert.equal(say({ eda: lane("no sensor"), face: lane("denied") }).state, "off");
});

test("running streams are named once, in one sentence", () => {
  assert.deepEqual(say({ face: lane("on", 0.9), pointer: lane("on") }),
    { state: "on", what: "Camera, pointer", quality: "good" });
});

test("a pause takes precedence over everything that would run", () => {
  assert.equal(say({ pointer: lane("paused") }, true).state, "paused");
});

test("a camera without a face says that it makes no estimate", () => {
  assert.deepEqual(say({ face: lane("no_face"), pointer: lane("on") }),
    { state: "nosignal", what: "No face", quality: "no estimate" });
});

test("poor quality is shown, not hidden", () => {
  assert.equal(say({ face: lane("on", 0.3) }).state, "weak");
  assert.equal(condition(lane("on", 0.3)), "weak signal");
  assert.equal(condition(lane("denied")), "not allowed by the browser");
});
