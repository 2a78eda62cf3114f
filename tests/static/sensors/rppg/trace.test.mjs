import assert from "node:assert/strict";
import { test } from "node:test";

import { stretch, Trace } from "../../../../static/js/sensors/rppg/trace.js";

const sample = (ms, red = 100) => ({ ms, colour: [red, 50, 20], clipped: 0, moved: [0, 0] });
const every = (stepMs, fromMs, toMs, red = (ms) => ms / 100) => {
  const trace = new Trace();
  for (let ms = fromMs; ms <= toMs; ms += stepMs) trace.add(sample(ms, red(ms)));
  return trace.samples;
};

test("under ten seconds there is nothing to read", () => {
  assert.equal(stretch([]), null);
  assert.equal(stretch([sample(5)]), null);
  assert.equal(stretch(every(50, 1000, 10_900)), null);
  assert.notEqual(stretch(every(50, 1000, 11_000)), null);
});

test("uneven frames become three hundred even rows up to the last one", () => {
  const taken = stretch([sample(0, 0), sample(300, 3), sample(450, 4.5), sample(6000, 60), sample(10_000, 100)]);
  assert.equal(taken.colours.length, 300);
  taken.colours.forEach(([red], row) => assert.ok(Math.abs(red - (10_000 - (299 - row) * (1000 / 30)) / 100) < 1e-9));
  assert.ok(Math.abs(taken.colours[299][0] - 100) < 1e-9);
  assert.equal(taken.lostMs, 5550 + 4000);
});

test("frames are counted and gaps added up inside the ten seconds alone", () => {
  const late = [sample(0), ...every(50, 1500, 12_000)];
  const taken = stretch(late);
  assert.equal(taken.lostMs, 0);
  assert.equal(taken.fps, 20);
});

test("no more is kept than the ten seconds need", () => {
  const kept = every(50, 0, 60_000);
  assert.ok(kept.length <= 202, `${kept.length}`);
  assert.notEqual(stretch(kept), null);
});

test("after more than two seconds away it starts again", () => {
  const trace = new Trace();
  for (const ms of [0, 1000, 3000, 5100]) trace.add(sample(ms));
  assert.deepEqual(trace.samples.map(({ ms }) => ms), [5100]);
});

test("a late or repeated frame is dropped", () => {
  const trace = new Trace();
  for (const ms of [0, 100, 100, 50, 150]) trace.add(sample(ms));
  assert.deepEqual(trace.samples.map(({ ms }) => ms), [0, 100, 150]);
});
