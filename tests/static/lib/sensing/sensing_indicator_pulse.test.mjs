// A heart rate from skin colour is usually uncertain: the indicator says so of this stream alone.
import assert from "node:assert/strict";
import { test } from "node:test";

import { condition, describe } from "../../../../static/js/lib/sensing/sensing_indicator.js";

const lane = (state, quality = 0) => ({ state, quality });
const told = (streams) => describe({ streams, paused: false, online: true });

for (const [word, said] of Object.entries({
  looking: "looking for a pulse", moving: "hold still to get a heart rate", bright: "too bright", dark: "poor light",
})) {
  test(`alone it shows: ${said}`, () => {
    assert.equal(condition(lane(word)), said);
    assert.deepEqual(told({ rppg: lane(word) }), { state: "weak", what: "Heart rate from skin colour", quality: said });
  });
  test(`next to a good camera "${said}" is for the panel alone`, () => {
    assert.equal(told({ face: lane("on", 1), rppg: lane(word) }).state, "on");
    assert.equal(told({ face: lane("on", 1), rppg: lane(word) }).quality, "good");
  });
}

test("weak other streams are reported as always", () => {
  assert.equal(told({ face: lane("turned", 0.3), rppg: lane("on", 1) }).quality, "turned away");
});

test("without a face neither of them makes an estimate", () => {
  assert.equal(told({ face: lane("no_face"), rppg: lane("no_face") }).state, "nosignal");
});
