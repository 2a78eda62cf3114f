// The effect of a press on the consent page, apart from the page itself.
import assert from "node:assert/strict";
import test from "node:test";
import { press } from "../../../../static/js/controllers/consent/consent_controller.js";

const box = (checked = false, more = {}) => ({ checked, disabled: false, leans: false, saved: false, ...more });
const row = (adapt, teach, research, saved = []) =>
  [box(adapt), box(teach, { leans: true }), box(research, { leans: true })]
    .map((each, index) => ({ ...each, saved: saved.includes(index) }));
const on = ({ boxes }) => boxes.map((each) => each.checked);

test("switching on waits for the form to be saved", () => {
  const after = press(row(false, false, false), 0);
  assert.deepEqual(on(after), [true, false, false]);
  assert.deepEqual(after.off, []);
});

test("class picture cannot go on before help for me", () => {
  assert.deepEqual(on(press(row(false, false, false), 1)), [false, false, false]);
  assert.deepEqual(on(press(row(true, false, false), 1)), [true, true, false]);
});

test("switching off what was saved is sent at once", () => {
  assert.deepEqual(press(row(true, false, false, [0]), 0).off, [0]);
});

test("switching off what was never saved is sent nowhere", () => {
  assert.deepEqual(press(row(true, true, false), 0).off, []);
});

test("class picture and research are switched off with help for me", () => {
  const after = press(row(true, true, true, [0, 1]), 0);
  assert.deepEqual(on(after), [false, false, false]);
  assert.deepEqual(after.off, [0, 1]);
});

test("class picture alone can be switched off", () => {
  const after = press(row(true, true, true, [0, 1, 2]), 1);
  assert.deepEqual(on(after), [true, false, true]);
  assert.deepEqual(after.off, [1]);
});

test("what this site does not offer cannot be switched", () => {
  const boxes = row(true, true, false);
  boxes[2].disabled = true;
  assert.deepEqual(on(press(boxes, 2)), [true, true, false]);
});

test("the given boxes are not modified", () => {
  const boxes = row(true, true, true, [0]);
  press(boxes, 0);
  assert.deepEqual(boxes.map((each) => each.checked), [true, true, true]);
});
