import assert from "node:assert/strict";
import { test } from "node:test";

import { Analysis } from "../../../../static/js/sensors/face/analysis.js";
import { PLACES } from "../../../../static/js/sensors/rppg/skin.js";
import { APART, HEIGHT, WIDTH, head, meshRaw } from "../face/synthetic.mjs";

const LOOK = { light: 120, clipped: 0, sharpness: 0.2 };
const found = { mesh: meshRaw(head({ moved: { 151: [0, -0.9, 0] } })), box: [0, 0, 1, 1] };
const frame = { width: WIDTH, height: HEIGHT, scale: 1, look: LOOK, ms: 0 };

test("the position of the single face is in pixels, with neither face nor gaze wanted", () => {
  const analysis = new Analysis(["rppg"]);
  const seen = analysis.see([found], frame);
  assert.deepEqual([seen.faces, seen.face, seen.gaze], [1, null, null]);
  const [x, y] = analysis.points[PLACES[0]];
  assert.ok(Math.abs(x - WIDTH / 2) < 1e-6 && Math.abs(y - (HEIGHT / 2 - 0.5 * APART)) < 1e-6, `${x} ${y}`);
});

test("no face and two faces have no position", () => {
  const analysis = new Analysis(["rppg"]);
  for (const all of [[], [found, found]]) {
    analysis.see([found], frame);
    analysis.see(all, frame);
    assert.equal(analysis.points, null);
  }
});
