import assert from "node:assert/strict";
import { test } from "node:test";

import { DRIFT_MS, GAP_MS, Wake } from "../../../static/js/telemetry/sleep_detector.js";

const clocks = { wall: 1e12, mono: 500 };
const pass = (wallMs, monoMs = wallMs) => { clocks.wall += wallMs; clocks.mono += monoMs; };

test("a hidden page whose timers run once a minute did not sleep", () => {
  const wake = new Wake(() => clocks.wall, () => clocks.mono);
  for (let n = 0; n < 5; n += 1) {
    pass(60_000);
    assert.equal(wake.slept(), false);
  }
});

test("sleep is detected whether the page's clock continued or stopped; it is reported once", () => {
  const wake = new Wake(() => clocks.wall, () => clocks.mono);
  pass(GAP_MS + 1);
  assert.deepEqual([wake.slept(), wake.slept()], [true, false]);
  pass(DRIFT_MS + 2, 1);
  assert.deepEqual([wake.slept(), wake.slept()], [true, false]);
});

test("a clock that was set back is asked for again too", () => {
  const wake = new Wake(() => clocks.wall, () => clocks.mono);
  pass(-3_600_000, 1000);
  assert.equal(wake.slept(), true);
});
