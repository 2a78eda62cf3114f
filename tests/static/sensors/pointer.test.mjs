import assert from "node:assert/strict";
import { test } from "node:test";

import { channels, features, flips, isPressed } from "../../../static/js/sensors/pointer.js";

// A viewport of 300 x 400 has a diagonal of 500.
const second = (over) => ({ points: [], clicks: [], scrolls: [], fromMs: 0, toMs: 1000, width: 300, height: 400, ...over });
const row = (over) => Object.fromEntries(features(second(over)).map((value, at) => [channels[at], value]));
const points = (...xy) => xy.map(([x, y], at) => ({ x, y, ms: at * 50 }));

test("a still pointer has no distance, no direction and a whole second of rest", () => {
  const still = row({});
  assert.deepEqual([still.path, still.net, still.straightness, still.curvature], [0, 0, null, null]);
  assert.equal(still.idle_s, 1);
  assert.equal(still.hesitation_s, null);
});

test("a straight path is as long as its distance, in viewport diagonals", () => {
  const straight = row({ points: points([0, 0], [150, 200], [300, 400]) });
  assert.equal(straight.path, 1);
  assert.equal(straight.straightness, 1);
  assert.equal(straight.turns, 0);
  assert.equal(straight.curvature, 0);
  assert.equal(straight.speed_mean, 1);
  assert.equal(straight.speed_max, 10);
});

test("the same movement on a screen twice as large gives the same row", () => {
  const small = row({ points: points([0, 0], [30, 5], [20, 40]) });
  const large = row({ points: points([0, 0], [60, 10], [40, 80]), width: 600, height: 800 });
  assert.deepEqual(large, small);
});

test("going there and back turns around and ends where it began", () => {
  const back = row({ points: points([0, 0], [50, 0], [0, 0]) });
  assert.deepEqual([back.net, back.straightness, back.turns], [0, 0, 1]);
  assert.ok(Math.abs(back.curvature - Math.PI / back.path) < 1e-9);
});

test("rests between movements count as idle, short ones do not", () => {
  const idle = row({ points: [{ x: 0, y: 0, ms: 90 }, { x: 9, y: 0, ms: 180 }, { x: 12, y: 0, ms: 700 }] });
  assert.ok(Math.abs(idle.idle_s - (0.52 + 0.3)) < 1e-9);
});

const click = (ms, x = 10, stillMs = 0) => ({ x, y: 10, ms, stillMs });

test("three quick clicks at one place are rage clicks, spread ones are not", () => {
  assert.equal(row({ clicks: [click(0), click(200), click(400, 20)] }).rage_clicks, 3);
  assert.equal(row({ clicks: [click(0), click(200), click(400, 90)] }).rage_clicks, 0);
  assert.equal(row({ clicks: [click(0), click(200)] }).rage_clicks, 0);
});

test("hesitation is the rest before a click", () => {
  assert.equal(row({ clicks: [click(0, 10, 400), click(900, 90, 200)] }).hesitation_s, 0.3);
});

test("an hour of rest before a click, and a tremor in place, stay inside their channels", () => {
  assert.equal(row({ clicks: [click(0, 10, 3_600_000)] }).hesitation_s, 60);
  const trembling = points(...Array.from({ length: 9 }, (_, n) => [n % 2 ? 4 : 0, 0]));
  assert.equal(row({ points: trembling, width: 30_000, height: 40_000 }).curvature, 100);
});

test("a key on a button and the field behind a label are no pressed clicks", () => {
  assert.equal(isPressed({ detail: 1, timeStamp: 500.4 }, undefined), true);
  assert.equal(isPressed({ detail: 0, timeStamp: 500.4 }, undefined), false);
  assert.equal(isPressed({ detail: 1, timeStamp: 500.4 }, click(500)), false);
  assert.equal(isPressed({ detail: 1, timeStamp: 900 }, click(500)), true);
});

test("scrolling is in viewport heights, with its turns", () => {
  const scrolled = row({ scrolls: [100, 100, -400, 300] });
  assert.deepEqual([scrolled.scroll, scrolled.scroll_turns], [0.25, 2]);
});

test("each value is inside the range its channel declares, whatever the pointer does", () => {
  const wild = points(...Array.from({ length: 40 }, (_, n) => [(n * 7919) % 300, (n * 104729) % 400]));
  for (const [name, value] of Object.entries(row({ points: wild }))) {
    assert.ok(value === null || Number.isFinite(value), name);
  }
});

test("no coordinate is in the row", () => {
  const told = features(second({ points: points([123, 321], [124, 322]), clicks: [click(1, 123)] }));
  for (const value of told) assert.ok(![123, 321, 124, 322].includes(value));
});

test("flips counts changes of sign and skips zeros", () => {
  assert.equal(flips([1, 0, 2, -1, 0, -2, 3]), 2);
});
