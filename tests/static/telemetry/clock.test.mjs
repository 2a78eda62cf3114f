import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock } from "../../../static/js/telemetry/clock.js";

const at = (start) => {
  const time = { ms: start };
  return [time, new Clock(() => time.ms)];
};

test("it gives the Sitting's time from the page's own clock", () => {
  const [time, clock] = at(5000);
  clock.sync(600);
  time.ms = 6500;
  assert.equal(clock.now(), 601.5);
});

test("the answer is taken as the middle of the round trip", () => {
  const [time, clock] = at(1000);
  time.ms = 1400;
  clock.sync(10, 1000);
  assert.ok(Math.abs(clock.now() - 10.2) < 1e-9);
});

test("a small difference is network delay and changes nothing", () => {
  const [, clock] = at(0);
  clock.sync(10);
  clock.sync(10.8);
  assert.equal(clock.now(), 10);
  clock.sync(14);
  assert.equal(clock.now(), 14);
});

test("no time is before the Sitting", () => {
  const [, clock] = at(9000);
  clock.sync(1);
  assert.equal(clock.at(0), 0);
});
