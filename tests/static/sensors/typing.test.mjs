import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { channels, features, FEWEST_KEYS, kindOf, start } from "../../../static/js/sensors/typing.js";

const typed = (count, { every = 100, held = 42, kind = "chr" } = {}) =>
  Array.from({ length: count }, (_, n) => ({ kind, downMs: n * every, upMs: n * every + held }));
const row = (presses) => Object.fromEntries(features(presses).map((value, at) => [channels[at], value]));
const TIMING = channels.filter((name) => /dwell|flight/.test(name));

test("of a key only its kind is stored", () => {
  assert.equal(kindOf("a"), "chr");
  assert.equal(kindOf("ß"), "chr");
  assert.equal(kindOf("😀"), "chr");
  assert.equal(kindOf("Backspace"), "edit");
  assert.equal(kindOf("ArrowLeft"), "nav");
  assert.equal(kindOf("Tab"), "nav");
  assert.equal(kindOf("Enter"), "ctl");
  assert.equal(kindOf("Shift"), "ctl");
});

test("under eight keys there is no timing at all", () => {
  const few = row(typed(FEWEST_KEYS - 1));
  for (const name of TIMING) assert.equal(few[name], null, name);
  assert.equal(few.chr, 7);
});

test("from eight keys on, dwell times and gaps are in bins of 5 ms", () => {
  const many = row(typed(FEWEST_KEYS));
  assert.deepEqual([many.dwell_mean, many.dwell_sd, many.dwell_p90], [40, 0, 40]);
  assert.deepEqual([many.flight_mean, many.flight_sd, many.flight_p90], [60, 0, 60]);
});

test("overlapping keys have a gap of zero, never less", () => {
  assert.equal(row(typed(9, { every: 30, held: 80 })).flight_mean, 0);
});

test("a key still held has no dwell yet", () => {
  const presses = typed(9);
  presses[8].upMs = null;
  assert.equal(row(presses).dwell_mean, 40);
});

test("pauses and bursts are counted", () => {
  const presses = [...typed(4), ...typed(3).map((p) => ({ ...p, downMs: p.downMs + 2900, upMs: p.upMs + 2900 }))];
  const told = row(presses);
  assert.deepEqual([told.pauses, told.bursts], [1, 2]);
});

test("a pause that began in the previous row counts where it ends", () => {
  const told = (beforeMs) => features(typed(2), beforeMs)[channels.indexOf("pauses")];
  assert.deepEqual([told(null), told(-500), told(-2500)], [0, 0, 1]);
  assert.equal(features([], -9000)[channels.indexOf("pauses")], 0);
});

class Element extends EventTarget {
  constructor(...matches) { super(); this.matches = matches; }
  closest(selector) { return this.matches.some((m) => selector.split(", ").includes(m)) ? this : null; }
}
const field = new Element("input");
const secret = new Element("input", "input[type=password]");
const opted = new Element("input", "[data-no-telemetry]");
let page;

beforeEach(() => {
  mock.timers.enable({ apis: ["setInterval"] });
  page = new EventTarget();
  Object.assign(globalThis, { Element, document: page });
});
afterEach(() => mock.timers.reset());

const press = (target, key, downMs = 0, upMs = 0) => {
  for (const [type, ms] of [["keydown", downMs], ["keyup", upMs]]) {
    const event = new Event(type);
    Object.defineProperties(event, {
      timeStamp: { value: ms }, target: { value: target }, key: { value: key }, code: { value: `Key${key}` },
      repeat: { value: false }, isComposing: { value: false },
    });
    page.dispatchEvent(event);
  }
};

test("secret fields, fields that opt out and keys outside of fields are ignored", () => {
  const rows = [];
  const stop = start((told) => rows.push(...told));
  for (const target of [secret, opted, new Element("main")]) press(target, "s");
  press(field, "a");
  mock.timers.tick(5000);
  stop();
  assert.equal(rows[0][0], 1);
  assert.ok(rows.flat().every((value) => value === null || typeof value === "number"));
});

test("times are in whole milliseconds, and a rest over two rows is a pause", () => {
  const rows = [];
  const stop = start((told) => rows.push(...told));
  for (let n = 0; n < FEWEST_KEYS; n += 1) press(field, "a", 100 * n + 0.5, 100 * n + 43);
  mock.timers.tick(5000);
  for (let n = 0; n < FEWEST_KEYS; n += 1) press(field, "a", 6000 + 100 * n, 6000 + 100 * n + 42.4);
  mock.timers.tick(5000);
  stop();
  assert.deepEqual(rows.map((told) => told[channels.indexOf("dwell_mean")]), [40, 40]);
  assert.deepEqual(rows.map((told) => told[channels.indexOf("pauses")]), [0, 1]);
});

test("after a stop nothing is recorded or sent", () => {
  const rows = [];
  const stop = start((told) => rows.push(...told));
  stop();
  press(field, "a");
  mock.timers.tick(20_000);
  assert.deepEqual(rows, []);
});
