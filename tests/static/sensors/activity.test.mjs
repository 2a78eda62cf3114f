import assert from "node:assert/strict";
import { test } from "node:test";

import { Shares } from "../../../static/js/sensors/activity.js";

const front = { visible: true, focused: true, fullscreen: false };
const away = { visible: false, focused: false, fullscreen: false };

test("a second in front is reported as shares of it", () => {
  assert.deepEqual(new Shares(front, 0).row(front, 1000, 0), [1, 1, 0, 0]);
});

test("leaving in the middle splits the second and counts once", () => {
  const shares = new Shares(front, 0);
  shares.turn({ ...front, focused: false }, 250);
  shares.turn(away, 500);
  assert.deepEqual(shares.row(away, 1000, 0), [0.5, 0.25, 0, 1]);
  assert.deepEqual(shares.row(away, 2000, 1000), [0, 0, 0, 0]);
});

test("a late timer still gives shares, never more than one", () => {
  const shares = new Shares({ ...front, fullscreen: true }, 0);
  assert.deepEqual(shares.row(front, 61_000, 0), [1, 1, 1, 0]);
});
