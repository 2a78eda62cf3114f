import assert from "node:assert/strict";
import { test } from "node:test";

import { fitted, placeOf, rightTo, shareInside } from "../../../../static/js/sensors/face/gaze_fit.js";

const PLACES = [[0.5, 0.5], [0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0], [1, 0.5], [0.5, 1], [0, 0.5]];
/** Return directions of eyes with a third of the gain, a bias, and a jitter of `by`. */
const looked = (by = 0) => PLACES.map(([u, v], at) => ({
  u, v, x: 0.1 - 0.2 * u + 0.02 * v + by * Math.sin(7 * at), y: 0.05 + 0.12 * v + by * Math.cos(5 * at),
}));
const screen = { width: 40, height: 25 };

test("a bias and a weak gain are corrected", () => {
  const fit = fitted(looked());
  const { u, v } = placeOf(fit, { x: 0.1 - 0.2 * 0.25 + 0.02 * 0.75, y: 0.05 + 0.12 * 0.75 });
  assert.ok(Math.abs(u - 0.25) < 1e-9 && Math.abs(v - 0.75) < 1e-9);
});

test("the error is measured on dots that were left out: it is larger than on its own", () => {
  const places = looked(0.02);
  const fit = fitted(places);
  const own = Math.sqrt(places.reduce((sum, each) => sum + (placeOf(fit, each).u - each.u) ** 2, 0) / places.length);
  assert.ok(fit.spread.u > 1.2 * own, `${fit.spread.u} ${own}`);
});

test("too few dots, still eyes, or random eyes give nothing", () => {
  assert.equal(fitted(looked().slice(0, 4)), null);
  assert.equal(fitted(looked().map((place) => ({ ...place, x: 0.1, y: 0.1 }))), null);
  assert.equal(fitted(looked(1)), null);
});

test("dots in a line give no fit for the other direction", () => {
  assert.equal(fitted(looked().map((place) => ({ ...place, y: place.x }))), null);
});

test("inside the screen is likely, outside is not, at the edge it is even", () => {
  const fit = { across: [1, 0, 0], down: [0, 1, 0], spread: { u: 0.05, v: 0.05 } };
  assert.ok(shareInside(fit, [0.5, 0.5]) > 0.999);
  assert.ok(Math.abs(shareInside(fit, [0, 0.5]) - 0.5) < 1e-6);
  assert.ok(shareInside(fit, [1.2, 0.5]) < 0.001);
});

test("an inaccurate gaze is never certain", () => {
  const fit = { across: [1, 0, 0], down: [0, 1, 0], spread: { u: 0.5, v: 0.5 } };
  assert.ok(shareInside(fit, [0.5, 0.5]) < 0.5);
});

test("the probability follows the normal distribution", () => {
  const fit = { across: [1, 0, 0], down: [0, 1, 0], spread: { u: 0.2, v: 0.02 } };
  // P(-0.1/0.2 <= z <= 0.9/0.2) = 0.6915
  assert.ok(Math.abs(shareInside(fit, [0.1, 0.5]) - 0.6915) < 1e-3);
});

test("the accuracy is described in hand widths", () => {
  const words = (u, v) => rightTo({ spread: { u, v } }, screen);
  assert.equal(words(0.02, 0.02), "a thumb’s width");
  assert.equal(words(0.1, 0.1), "three fingers’ width");
  assert.equal(words(0.2, 0.1), "a hand’s width");
  assert.equal(words(0.4, 0.4), "the length of a hand");
  assert.equal(words(0.5, 0.5), "more than the length of a hand");
});

test("eyes that follow no dot are rarely accepted", () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647 - 0.5;
  const dots = [0.1, 0.5, 0.9].flatMap((v) => [0.1, 0.5, 0.9].map((u) => ({ u, v })));
  const tries = Array.from({ length: 1000 }, () => fitted(dots.map((dot) => ({ ...dot, x: random(), y: random() }))));
  assert.ok(tries.filter(Boolean).length <= 10);
});
