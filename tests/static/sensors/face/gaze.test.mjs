import assert from "node:assert/strict";
import { test } from "node:test";

import { faceOf, pointsOf } from "../../../../static/js/sensors/face/features.js";
import { gazeRow, REST_ROWS, Rest } from "../../../../static/js/sensors/face/gaze.js";
import { HEIGHT, WIDTH, head, mesh, turned } from "./synthetic.mjs";

const faceFrom = (points) => faceOf(pointsOf(mesh(points), WIDTH, HEIGHT), WIDTH, HEIGHT);
const row = (points, rest = new Rest()) => gazeRow(faceFrom(points), 0, 1, rest);

test("centred eyes of a straight face look into the camera", () => {
  const [x, y, z, x2, y2, z2] = row(head());
  [x, y, x2, y2].forEach((value) => assert.ok(Math.abs(value) < 1e-6));
  assert.ok(z < -0.999 && z2 < -0.999);
});

test("both eyes follow a glance the same way", () => {
  const [x, , , x2] = row(head({ look: [0.06, 0] }));
  assert.ok(x > 0.2 && x2 > 0.2, `${x} ${x2}`);
  assert.ok(row(head({ look: [-0.06, 0] }))[0] < -0.2);
});

test("vectors have length one, also at the edge", () => {
  const [x, y, z] = row(head({ look: [0.4, 0.2] }));
  assert.ok(Math.abs(Math.hypot(x, y, z) - 1) < 1e-9);
});

test("a turned head turns the gaze with it", () => {
  assert.ok(row(turned(head(), { yaw: 0.4 }))[0] < -0.3);
  assert.ok(row(turned(head(), { pitch: 0.3 }))[1] > 0.2);
});

test("closed eyes look nowhere", () => {
  const closed = gazeRow(faceFrom(head()), 0.9, 0.8, new Rest());
  assert.ok(closed.slice(0, 7).every(Number.isNaN));
  assert.equal(closed[7], 0.8);
});

test("looking at the screen is unknown at first, then compared with the usual direction", () => {
  const rest = new Rest();
  const first = row(head(), rest);
  assert.ok(Number.isNaN(first[6]));
  for (let at = 0; at < REST_ROWS; at += 1) row(head(), rest);
  assert.ok(row(head(), rest)[6] > 0.9);
  assert.ok(row(turned(head(), { yaw: 0.8 }), rest)[6] < 0.1);
});

test("after the set-up, looking at the screen depends on its position", () => {
  const fit = { across: [2, 0, 0.5], down: [0, 2, 0.5], spread: { u: 0.05, v: 0.05 } };
  const with_fit = (points) => gazeRow(faceFrom(points), 0, 1, new Rest(), fit)[6];
  assert.ok(with_fit(head()) > 0.99);
  assert.ok(with_fit(turned(head(), { yaw: 0.5 })) < 0.01);
});
