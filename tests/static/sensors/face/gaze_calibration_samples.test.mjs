import assert from "node:assert/strict";
import { test } from "node:test";

import { rightTo } from "../../../../static/js/sensors/face/gaze_fit.js";
import { Looks, onScreen } from "../../../../static/js/sensors/face/gaze_calibration_samples.js";

const seen = (ms, x, y = 0) => {
  const z = -Math.sqrt(1 - x * x - y * y);
  return { ms, gaze: [x, y, z, x, y, z, NaN, 1] };
};

test("a place gets the middle of the eye directions in the half second before", () => {
  const looks = new Looks();
  [[0, 0.5], [600, 0.1], [700, 0.11], [800, 0.3], [900, 0.1]].forEach(([ms, x]) => looks.saw(seen(ms, x)));
  assert.ok(looks.take({ u: 0.5, v: 0.5 }, 950));
  const [{ u, x }] = looks.places;
  assert.equal(u, 0.5);
  assert.ok(Math.abs(x - 0.105) < 1e-9);
});

test("closed eyes, no eyes and old rows are not recorded", () => {
  const looks = new Looks();
  looks.saw({ ms: 100, gaze: null });
  for (const ms of [100, 200, 300]) looks.saw({ ms, gaze: Array(8).fill(NaN) });
  assert.equal(looks.take({ u: 0, v: 0 }, 350), false);
  for (const ms of [400, 500, 600]) looks.saw(seen(ms, 0.1));
  assert.equal(looks.take({ u: 0, v: 0 }, 1200), false);
  assert.deepEqual(looks.places, []);
});

test("a box of the page is given by its middle on the screen", () => {
  const view = {
    screenX: 100, screenY: 50, outerWidth: 1020, outerHeight: 900, innerWidth: 1000, innerHeight: 800,
    screen: { width: 2000, height: 1000 },
  };
  // The window has a frame of 10 at each side and below, and the browser's bars above.
  const { u, v } = onScreen({ left: 0, top: 0, width: 40, height: 40 }, view);
  assert.equal(u, (100 + 10 + 20) / 2000);
  assert.equal(v, (50 + 90 + 20) / 1000);
});

test("nine dots, seen by eyes with a bias and a weak gain, give an accuracy in words", () => {
  const looks = new Looks();
  const spots = [0, 0.5, 1].flatMap((u) => [0, 0.5, 1].map((v) => ({ u, v })));
  spots.forEach((spot, at) => {
    for (const ms of [100, 200, 300, 400]) {
      looks.saw(seen(1000 * at + ms, 0.05 + 0.1 * spot.u + 0.002 * Math.sin(7 * at), 0.1 + 0.08 * spot.v));
    }
    assert.ok(looks.take(spot, 1000 * at + 450));
  });
  const fit = looks.fit();
  assert.ok(fit.spread.u < 0.05, `${fit.spread.u}`);
  assert.equal(rightTo(fit, { width: 34, height: 19 }), "a thumb’s width");
});
