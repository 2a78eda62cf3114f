import assert from "node:assert/strict";
import { test } from "node:test";

import { PLACES, Skin } from "../../../../static/js/sensors/rppg/skin.js";
import { APART, head } from "../face/synthetic.mjs";

const [WIDTH, HEIGHT] = [640, 480];
/** Return the synthetic head in pixels, with its three places where a face has them. */
function face(dx = 0, dy = 0) {
  const points = head({ moved: { 151: [0, -0.9, 0], 50: [-0.6, 0.3, 0], 280: [0.6, 0.3, 0] } });
  return points.map(([x, y, z]) => [WIDTH / 2 + x * APART + dx, HEIGHT / 2 + y * APART + dy, z * APART]);
}

/** Return a picture of `at(x, y)` = [r, g, b]; outside it there is nothing, as in a canvas. */
function picture(at) {
  return {
    getImageData(left, top, width, height) {
      const data = new Uint8ClampedArray(4 * width * height);
      for (let n = 0; n < width * height; n += 1) {
        const [x, y] = [left + (n % width), top + Math.floor(n / width)];
        if (x >= 0 && y >= 0 && x < WIDTH && y < HEIGHT) data.set([...at(x, y), 255], 4 * n);
      }
      return { data };
    },
  };
}

function looking(points = face()) {
  const skin = new Skin();
  skin.follow(points, 0);
  return skin;
}

test("skin of one colour has that colour", () => {
  const { colour, clipped } = looking().colour(picture(() => [180, 130, 100]));
  colour.forEach((value, band) => assert.ok(Math.abs(value - [180, 130, 100][band]) < 1e-9));
  assert.equal(clipped, 0);
});

test("it looks at the three places and nowhere else", () => {
  const points = face();
  const near = (x, y) => PLACES.some((at) => Math.hypot(points[at][0] - x, points[at][1] - y) <= 0.3 * APART);
  const { colour } = looking(points).colour(picture((x, y) => (near(x, y) ? [90, 80, 70] : [255, 0, 0])));
  assert.deepEqual(colour.map(Math.round), [90, 80, 70]);
});

test("clipped pixels are counted", () => {
  const { clipped } = looking().colour(picture((x) => (x < WIDTH / 2 - 0.35 * APART ? [255, 200, 190] : [180, 130, 100])));
  assert.ok(Math.abs(clipped - 1 / 3) < 0.01, `${clipped}`);
});

test("a place that moves by a part of a pixel over an edge changes its colour only a little", () => {
  const edge = picture((x) => (x < WIDTH / 2 ? [100, 100, 100] : [200, 200, 200]));
  const reds = Array.from({ length: 11 }, (_, at) => looking(face(at / 10)).colour(edge).colour[0]);
  const steps = reds.slice(1).map((red, at) => red - reds[at]);
  const usual = (reds[10] - reds[0]) / 10;
  assert.ok(usual > 0 && steps.every((step) => Math.abs(step - usual) < 0.2 * usual), `${steps}`);
});

test("speed is in eye distances a second", () => {
  const skin = looking(face());
  skin.follow(face(0.1 * APART, -0.05 * APART), 100);
  assert.ok(Math.abs(skin.moved[0] - 1) < 1e-6 && Math.abs(skin.moved[1] + 0.5) < 1e-6, `${skin.moved}`);
});

test("without a face there is nothing to analyse, and no speed when it is back", () => {
  const skin = looking();
  skin.follow(null, 100);
  assert.equal(skin.known, false);
  assert.equal(skin.colour(picture(() => [180, 130, 100])), null);
  skin.follow(face(200), 200);
  assert.deepEqual([skin.known, skin.moved], [true, [0, 0]]);
});

test("a face at the picture's edge is read inside the picture, and not at all outside", () => {
  const rim = looking(face(-WIDTH / 2 + 10)).colour(picture(() => [180, 130, 100]));
  assert.deepEqual(rim.colour.map(Math.round), [180, 130, 100]);
  assert.equal(looking(face(-2000)).colour(picture(() => [180, 130, 100])), null);
});
