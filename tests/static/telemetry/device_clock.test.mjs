// The same vectors test tests/oracles/devices/device_clock.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { DeviceClock } from "../../../static/js/telemetry/device_clock.js";
import { lots } from "../sensors/bytes.mjs";

const { scenarios } = JSON.parse(readFileSync(new URL("../../vectors/device_clock.json", import.meta.url)));

for (const scenario of scenarios) {
  const clock = new DeviceClock(scenario.wrap_ms);
  const placed = scenario.rows.map(([stamp, arrived]) => clock.place(stamp, arrived));
  const begins = scenario.rows[0][2] + scenario.settles_ms;

  test(`${scenario.name}: stamps are placed at their true times`, () => {
    scenario.rows.forEach(([, , taken], row) => {
      assert.equal(placed[row] === null, taken === null);
      if (taken === null || taken < begins) return;
      assert.ok(Math.abs(placed[row] - taken - scenario.least_delay_ms) <= scenario.within_ms, `row ${row}: ${placed[row] - taken}`);
    });
    if (scenario.drift_within_ppm) assert.ok(Math.abs(1e6 * clock.drift - scenario.drift_ppm) <= scenario.drift_within_ppm);
  });

  test(`${scenario.name}: Python places them alike`, () => {
    for (const [row, ms] of scenario.placed) assert.ok(Math.abs(placed[row] - ms) < 1e-3, `row ${row}`);
  });
}

test("times never run back and never lie ahead, for any input", () => {
  const random = lots(20_261_121);
  for (let round = 0; round < 200; round += 1) {
    const clock = new DeviceClock(round % 2 ? 512_000 : 0);
    let [now, before] = [0, -Infinity];
    for (let packet = 0; packet < 40; packet += 1) {
      now += 5000 * random();
      const at = clock.place(1e6 * random(), now);
      if (at === null) continue;
      assert.ok(at >= before && at <= now + 1e-6);
      before = at;
    }
  }
});

