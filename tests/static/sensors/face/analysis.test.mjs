import assert from "node:assert/strict";
import { test } from "node:test";

import { Analysis, LESSON } from "../../../../static/js/sensors/face/analysis.js";
import { HEIGHT, WIDTH, head, mesh, turned } from "./synthetic.mjs";

const LOOK = { light: 120, clipped: 0, sharpness: 0.2 };
const frame = (ms) => ({ width: WIDTH, height: HEIGHT, scale: 1, look: LOOK, ms });
const found = (points = head(), box = [0, 0, 1, 1]) => ({ mesh: mesh(points), box });

const watching = (...streams) => new Analysis(streams, "human");

/** Analyse the same calm face for six seconds. */
function knowing(...streams) {
  const analysis = watching(...streams);
  for (let at = 0; at <= 60; at += 1) analysis.see([found()], frame(100 * at));
  return analysis;
}

test("one face gives a row of 44 and, where wanted, one of 8", () => {
  const { face, gaze, faces, word } = watching("face", "gaze").see([found()], frame(0));
  assert.deepEqual([face.length, gaze.length, faces, word], [44, 8, 1, "on"]);
});

test("unwanted streams are not computed", () => {
  assert.equal(watching("face").see([found()], frame(0)).gaze, null);
  assert.equal(watching("gaze").see([found()], frame(0)).face, null);
});

test("no face and two faces give no row of either", () => {
  const nobody = watching("face", "gaze").see([], frame(0));
  assert.deepEqual([nobody.word, nobody.face, nobody.gaze, nobody.quality], ["no_face", null, null, 0]);
  const two = watching("face", "gaze").see([found(), found()], frame(0));
  assert.deepEqual([two.word, two.face, two.gaze], ["several_faces", null, null]);
});

test("a person far behind is ignored", () => {
  const behind = found(head(), [0, 0, 50 / WIDTH, 0.1]);
  assert.equal(watching("face").see([behind], frame(0)).word, "no_face");
  assert.equal(watching("face").see([found(), behind], frame(0)).faces, 1);
});

test("after a calm period a smile is a smile in its row", () => {
  const analysis = knowing("face");
  assert.equal(analysis.see([found()], frame(6100)).face[8], 0);
  const smile = head({ moved: { 61: [0, -0.1, 0], 291: [0, -0.1, 0] } });
  assert.ok(analysis.see([found(smile)], frame(6200)).face[8] > 2);
});

test("the neutral face is learned once: a later lasting smile stays a smile", () => {
  const analysis = knowing("face");
  const smile = head({ moved: { 61: [0, -0.1, 0], 291: [0, -0.1, 0] } });
  let last;
  for (let at = 61; at < 200; at += 1) last = analysis.see([found(smile)], frame(100 * at));
  assert.ok(last.face[8] > 2);
});

test("a face turned away has lower quality, and does not change the neutral face", () => {
  const analysis = watching("face");
  let seen;
  for (let at = 0; at <= 60; at += 1) seen = analysis.see([found(turned(head(), { yaw: 0.85 }))], frame(100 * at));
  assert.equal(seen.word, "turned");
  assert.ok(seen.quality < 0.2);
  assert.equal(analysis.neutral.values, null);
});

/** Show the face at rest for as long as the recording lasts. */
function taught(analysis, points) {
  analysis.learn();
  for (let at = 0; at <= LESSON.ms / 100; at += 1) analysis.see([found(points)], frame(100 * at));
  return analysis.learned();
}

test("a face at rest recorded on request is used at once, in this lesson and the next", () => {
  const smiling = head({ moved: { 61: [0, -0.1, 0], 291: [0, -0.1, 0] } });
  const resting = taught(watching("face"), smiling);
  assert.equal(resting.values.length, 18);
  const next = watching("face");
  next.know({ neutral: { ...resting, backend: "human" } });
  assert.equal(next.see([found(smiling)], frame(0)).face[8], 0);
});

test("a face at rest is recorded once and reported once", () => {
  const analysis = watching("face");
  assert.ok(taught(analysis));
  assert.equal(analysis.learned(), null);
});

test("too few good pictures record nothing", () => {
  assert.equal(taught(watching("face"), turned(head(), { yaw: 0.85 })), null);
});

test("results of one library are not used with another", () => {
  const analysis = watching("face", "gaze");
  const fit = { across: [0, 0, 9], down: [0, 0, 9], spread: { u: 0.1, v: 0.1 }, words: "" };
  const resting = { values: Array(18).fill(1), openness: 0.25 };
  analysis.know({ neutral: { ...resting, backend: "face_mesh" }, gaze: { ...fit, backend: "face_mesh" } });
  assert.equal(analysis.neutral.given, false);
  assert.equal(analysis.gaze, null);
  analysis.through("face_mesh");
  assert.equal(analysis.neutral.given, true);
  assert.ok(analysis.see([found()], frame(0)).gaze[6] < 0.01);
});

test("deleted results no longer apply", () => {
  const analysis = watching("face");
  analysis.know({ neutral: { values: Array(18).fill(1), openness: 1, backend: "human" } });
  analysis.know({});
  assert.equal(analysis.neutral.values, null);
});
