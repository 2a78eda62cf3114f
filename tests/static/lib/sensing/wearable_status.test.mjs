// What the page shows about wearable sensors.
import assert from "node:assert/strict";
import { test } from "node:test";

import { condition, help } from "../../../../static/js/lib/sensing/wearable_status.js";
import { waysFor } from "../../../../static/js/lib/sensing/wearable_ways.js";

const worn = (about) => ({ way: "bluetooth", name: "Polar H10", state: "on", battery: null, contact: null, ...about });
const said = (about) => [condition(worn(about)), help(worn(about))];

test("a working sensor shows its status and needs nothing", () => {
  assert.deepEqual(said({}), ["Connected.", ""]);
  assert.deepEqual(said({ battery: 82, contact: true }), ["Battery 82%, touches the skin.", ""]);
});

test("a low battery and a loose contact give advice", () => {
  assert.deepEqual(said({ battery: 15 }), ["Battery 15%.", "Charge it soon, or change its battery."]);
  assert.deepEqual(said({ battery: 82, contact: false }),
    ["Battery 82%, does not touch the skin.", "Wet the strap a little, or press the sensor to the skin."]);
});

test("a lost sensor says that it reconnects, and nothing of its contact", () => {
  const [how, wrong] = said({ state: "lost", battery: 82, contact: false });
  assert.equal(how, "Out of reach, battery 82%.");
  assert.match(wrong, /come closer. Attune keeps trying/);
});

for (const state of ["silent", "refused"]) {
  test(`one that is ${state} gives advice`, () => assert.match(help(worn({ state })), /^Switch the sensor off and on/));
}

test("what can be connected follows from what is allowed", () => {
  assert.deepEqual(waysFor(["pointer", "face"]), []);
  assert.deepEqual(waysFor(["pointer", "heart"]), ["bluetooth"]);
  assert.deepEqual(waysFor(["eda"]), ["serial"]);
  assert.deepEqual(waysFor(["ecg", "ppg", "eda"]), ["bluetooth", "serial"]);
});
