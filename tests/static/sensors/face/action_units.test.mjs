import assert from "node:assert/strict";
import { test } from "node:test";

import { faceOf, lengths, pointsOf } from "../../../../static/js/sensors/face/features.js";
import { blink, FEWEST_ROWS, intensities, median, Neutral, UNITS } from "../../../../static/js/sensors/face/action_units.js";
import { HEIGHT, WIDTH, head, mesh } from "./synthetic.mjs";

const measured = (moved = {}) =>
  lengths(faceOf(pointsOf(mesh(head({ moved })), WIDTH, HEIGHT), WIDTH, HEIGHT).front);
const learned = () => {
  const neutral = new Neutral();
  for (let at = 0; at <= 50; at += 1) neutral.add(measured(), 100 * at);
  return neutral;
};
const units = (moved) => {
  const { units: all } = intensities(measured(moved), learned(), 1, "human");
  return Object.fromEntries(UNITS.map(({ unit }, at) => [unit, all[at]]));
};
const both = (first, second, by) => ({ [first]: by, [second]: by });
const corners = (dy) => both(61, 291, [0, dy, 0]);

test("nothing is known before five seconds of a calm face", () => {
  const neutral = new Neutral();
  for (let at = 0; at < 49; at += 1) neutral.add(measured(), 100 * at);
  const { units: before, confidences } = intensities(measured(), neutral, 1, "human");
  assert.ok(before.every(Number.isNaN) && confidences.every((each) => each === 0));
  neutral.add(measured(), 5000);
  assert.ok(intensities(measured(), neutral, 1, "human").units.every((each) => each === 0));
});

test("five seconds of few frames are not enough", () => {
  const neutral = new Neutral();
  for (let at = 0; at < FEWEST_ROWS - 1; at += 1) neutral.add(measured(), 1000 * at);
  assert.equal(neutral.values, null);
});

test("the neutral face of this person gives zeros", () => {
  for (const [unit, value] of Object.entries(units())) assert.equal(value, 0, unit);
});

test("raising the corners of the mouth raises au12 and not au15", () => {
  const smile = units(corners(-0.1));
  assert.ok(smile.au12 > 2 && smile.au15 === 0, JSON.stringify(smile));
  assert.ok(units(corners(-0.15)).au12 > smile.au12);
});

test("lowering them raises au15 and not au12", () => {
  const frown = units(corners(0.08));
  assert.ok(frown.au15 > 2 && frown.au12 === 0);
});

for (const [unit, moved] of Object.entries({
  au01: { ...both(55, 285, [0, -0.08, 0]), ...both(107, 336, [0, -0.08, 0]) },
  au02: { ...both(70, 300, [0, -0.08, 0]), ...both(63, 293, [0, -0.08, 0]) },
  au04: { ...both(55, 285, [0, 0.08, 0]), ...both(107, 336, [0, 0.08, 0]) },
  au05: both(159, 386, [0, -0.1, 0]),
  au06: both(117, 346, [0, -0.06, 0]),
  au07: both(159, 386, [0, 0.1, 0]),
  au09: both(129, 358, [0, -0.06, 0]),
  au10: { 0: [0, -0.07, 0] },
  au17: { 17: [0, 0.05, 0] },
  au20: { 61: [-0.08, 0, 0], 291: [0.08, 0, 0] },
  au23: { 0: [0, 0.05, 0] },
  au25: { 14: [0, 0.12, 0] },
  au26: { 152: [0, 0.2, 0] },
  au28: { 0: [0, 0.06, 0], 17: [0, -0.06, 0] },
})) {
  test(`${unit} follows its own movement`, () => assert.ok(units(moved)[unit] > 1, `got ${units(moved)[unit]}`));
}

test("intensities end at five", () => {
  assert.equal(units(corners(-1)).au12, 5);
});

const trust = (backend, quality = 1) => {
  const { confidences } = intensities(measured(), learned(), quality, backend);
  return Object.fromEntries(UNITS.map(({ unit }, at) => [unit, confidences[at]]));
};

test("brows have an unused confidence with Human, and one that counts with the finer mesh", () => {
  const [human, fine] = [trust("human"), trust("face_mesh")];
  for (const unit of ["au01", "au02", "au04"]) assert.ok(human[unit] < 0.5 && fine[unit] >= 0.5, unit);
  for (const unit of ["au12", "au25", "au45"]) assert.ok(human[unit] >= 0.5 && fine[unit] >= 0.5, unit);
});

test("a bad frame lowers all confidences, and an untested library has none", () => {
  for (const [unit, each] of Object.entries(trust("human", 0.4))) assert.ok(Math.abs(each - 0.4 * trust("human")[unit]) < 1e-12);
  assert.ok(Object.values(trust("another")).every((each) => each === 0));
});

test("a recorded face at rest is used from the first row", () => {
  const neutral = new Neutral({ resting: learned().resting() });
  assert.ok(neutral.given);
  assert.ok(intensities(measured(), neutral, 1, "human").units.every((each) => each === 0));
  assert.equal(neutral.openness, learned().openness);
});

test("closed eyes are fully closed, resting ones not at all", () => {
  const closed = Object.fromEntries([...[160, 159, 158, 387, 386, 385].map((at) => [at, [0, 0.14, 0]])]);
  assert.equal(blink(measured(closed), learned()), 1);
  assert.equal(blink(measured(), learned()), 0);
});

test("the median of an even count is between the middle values", () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
});
