import assert from "node:assert/strict";
import { test } from "node:test";

import { Sensing, SENSORS } from "../../../static/js/telemetry/sensor_manager.js";

test("a sensor's note for this person stays until it changes, and is not sent", async () => {
  let say;
  const given = [];
  const sensor = { stream: "rppg", rateHz: 1, channels: ["hr"], start: (onRows) => { say = onRows; return () => {}; } };
  const sensing = new Sensing((...row) => given.push(row), () => {}, { rppg: async () => sensor });
  sensing.allow([{ stream: "rppg", epoch: 1 }]);
  await new Promise((done) => { setTimeout(done, 5); });
  assert.equal(sensing.states().rppg.note, undefined);
  say([[72]], { state: "on", quality: 1, note: "about 72 per minute (rough)" });
  say([], { state: "looking", quality: 0 });
  assert.equal(sensing.states().rppg.note, "about 72 per minute (rough)");
  assert.ok(!JSON.stringify(given).includes("rough"));
});

test("the heart rate from skin colour has its own sensor", () => {
  assert.equal(typeof SENSORS.rppg, "function");
});
