import assert from "node:assert/strict";
import { test } from "node:test";

import { DRIFT_MS, GAP_MS, Wake } from "../../../static/js/telemetry/sleep_detector.js";

const clocks = { wall: 1e12, mono: 500 };
const pass = (wallMs, monoMs = wallMs) => { clocks.wall += wallMs; clocks.mono += monoMs; };

test("a page out of sight whose timers run once a minute did not sleep", () => {
  const wake = new Wake(() => clocks.wall, () => clocks.mono);
  for (let n = 0; n < 5; n += 1) {
    pass(60_000);
    assert.equal(wake.slept(), false);
  }
});

test("a computer that slept did, whether its page's clock went on or stood still; it is told once", () => {
  const wake = new Wake(() => clocks.wall, () => clocks.mono);
  pass(GAP_MS + 1);
  assert.deepEqual([wake.slept(), wake.slept()], [true, false]);
  pass(DRIFT_MS + 2, 1);
  assert.deepEqual([wake.slept(), wake.slept()], [true, false]);
});

test("a clock that was set back is asked for anew, too", () => {
  const wake = new Wake(() => clocks.wall, () => clocks.mono);
  pass(-3_600_000, 1000);
  assert.equal(wake.slept(), true);
});
