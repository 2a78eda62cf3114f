import assert from "node:assert/strict";
import { test } from "node:test";

import { faceOf, irisOf, lengths, pointsOf } from "../../../../static/js/sensors/face/features.js";
import { EYES } from "../../../../static/js/sensors/face/landmarks.js";
import { APART, HEIGHT, WIDTH, head, mesh, turned } from "./synthetic.mjs";

const near = (got, expected, within = 1e-6) =>
  assert.ok(Math.abs(got - expected) <= within, `expected ${expected}, got ${got}`);
const faceFrom = (points) => faceOf(pointsOf(mesh(points), WIDTH, HEIGHT), WIDTH, HEIGHT);
const deep = (got, expected, within) => Object.keys(expected).forEach((key) => near(got[key], expected[key], within));

test("a face that looks straight has no rotation", () => {
  deep(faceFrom(head()).pose, { yaw: 0, pitch: 0, roll: 0 });
});

test("angles have OpenFace's signs, also when combined", () => {
  for (const turn of [{ yaw: 0.4, pitch: 0, roll: 0 }, { yaw: -0.3, pitch: 0.2, roll: 0.1 }, { yaw: 0.2, pitch: -0.5, roll: -0.4 }]) {
    deep(faceFrom(turned(head(), turn)).pose, turn);
  }
});

test("a face turned to the picture's left has a positive yaw: its nose lies left of its temples", () => {
  const points = turned(head(), { yaw: 0.3 });
  assert.ok(points[2][0] < (points[234][0] + points[454][0]) / 2);
  assert.ok(faceFrom(points).pose.yaw > 0.29);
});

test("looking down is a positive pitch, a lowered eye on the picture's right a positive roll", () => {
  assert.ok(faceFrom(turned(head(), { pitch: 0.3 })).pose.pitch > 0.29);
  const rolled = turned(head(), { roll: 0.3 });
  assert.ok(rolled[263][1] > rolled[33][1]);
  assert.ok(faceFrom(rolled).pose.roll > 0.29);
});

test("the lengths of a face do not change when the head turns, moves or comes nearer", () => {
  const straight = lengths(faceFrom(head()).front);
  deep(lengths(faceFrom(turned(head(), { yaw: 0.4, pitch: -0.2, roll: 0.15 })).front), straight, 0.01);
  const nearer = head().map((point) => point.map((value) => value * 1.7));
  deep(lengths(faceFrom(nearer).front), straight);
});

test("the position is in face widths from the middle of the picture", () => {
  const face = faceFrom(head());
  near(face.place.x, 0);
  near(face.widthPx, 2.2 * APART);
  near(face.place.z, WIDTH / 2 / Math.tan(Math.PI / 6) / (2.2 * APART));
  const aside = head().map(([x, y, z]) => [x + 1.1, y, z]);
  near(faceFrom(aside).place.x, 0.5);
});

test("irises belong to the nearest eye, whatever their order", () => {
  const points = head();
  assert.equal(irisOf(points, EYES.first)[0], 473);
  const exchanged = [...points.slice(0, 468), ...points.slice(473), ...points.slice(468, 473)];
  assert.equal(irisOf(exchanged, EYES.first)[0], 468);
});

test("a mesh of another size is refused", () => {
  assert.throws(() => pointsOf(mesh(head()).slice(0, 468), WIDTH, HEIGHT), /expected 478 landmarks, got 468/);
});
