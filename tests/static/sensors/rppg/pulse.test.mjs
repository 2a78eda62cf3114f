import assert from "node:assert/strict";
import { test } from "node:test";

import { LENGTH, packPulse, unpackPulse, WORDS } from "../../../../static/js/sensors/rppg/message.js";
import { Pulse } from "../../../../static/js/sensors/rppg/pulse.js";
import { LENGTH as OTHER, REST } from "../../../../static/js/sensors/face/message.js";
import { APART, head } from "../face/synthetic.mjs";

const points = head().map(([x, y, z]) => [320 + x * APART, 240 + y * APART, z * APART]);
/**
 * Return skin with a pulse of `bpm`, in 8 bits a colour, with noise that carries smaller changes.
 */
function skinAt(seconds, bpm) {
  const wave = 0.02 * Math.sin((2 * Math.PI * bpm * seconds) / 60);
  const colour = [180 * (1 + 0.33 * wave), 130 * (1 + 0.77 * wave), 105 * (1 + 0.53 * wave)];
  return {
    getImageData: (left, top, width, height) => {
      const data = new Uint8ClampedArray(4 * width * height);
      for (let n = 0; n < width * height; n += 1) data.set([...colour.map((c) => Math.floor(c + ((n * 0.618) % 1))), 255], 4 * n);
      return { data };
    },
  };
}

/** Return what is reported while a face is analysed for some seconds. */
function told(pulse, { from = 0, to = 12, bpm = 72, late = () => 0, taken = true }) {
  const said = [];
  for (let frame = Math.round(20 * from); frame <= 20 * to; frame += 1) {
    const ms = 50 * frame;
    if (frame % 2 === 0) pulse.follow(points, ms);
    const found = pulse.look(skinAt(ms / 1000, bpm), 5000 + ms + late(frame), taken ? 1000 * ms : undefined);
    if (found) said.push(found);
  }
  return said;
}

test("it measures for ten seconds, then gives a rate each second", () => {
  const said = told(new Pulse(), {});
  const rows = said.filter(({ row }) => row);
  assert.equal(said.filter(({ row, word }) => !row && word === "looking").length, 10);
  assert.ok(rows.length >= 2 && rows.length <= 3, `${rows.length}`);
  for (const { row, word } of rows) {
    assert.ok(Math.abs(row[0] - 72) <= 1, `${row}`);
    assert.ok(row[3] >= 0.5);
    assert.equal(word, "on");
  }
});

test("without a pulse there are rows, and none of them has a rate", () => {
  const rows = told(new Pulse(), { bpm: 0 }).filter(({ row }) => row);
  assert.ok(rows.length >= 2);
  for (const { row, word } of rows) assert.ok(Number.isNaN(row[0]) && row[3] < 0.5 && word === "looking", `${row} ${word}`);
});

test("times are the camera's own, however long a picture waited", () => {
  const waits = (frame) => (frame % 3) * 40;
  const rows = told(new Pulse(), { late: waits }).filter(({ row }) => row);
  assert.ok(rows.every(({ row, word }) => word === "on" && Math.abs(row[0] - 72) <= 1));
  const times = rows.map(({ ms }) => ms);
  assert.ok(times.every((ms) => (ms - 5000) % 50 === 0), `${times}`);
});

test("where the camera gives no times, those of the analysis are used", () => {
  const rows = told(new Pulse(), { taken: false }).filter(({ row }) => row);
  assert.ok(rows.length && rows.every(({ row }) => Math.abs(row[0] - 72) <= 1));
});

test("without a face nothing is analysed or sent", () => {
  const pulse = new Pulse();
  pulse.follow(null, 0);
  assert.equal(pulse.sees, false);
  assert.equal(pulse.look(skinAt(0, 72), 0), null);
  assert.equal(pulse.trace.samples.length, 0);
});

test("after a while without a face it measures for ten seconds again", () => {
  const pulse = new Pulse();
  told(pulse, {});
  pulse.follow(null, 12_000);
  const back = told(pulse, { from: 15, to: 24 });
  assert.ok(back.length >= 8 && back.every(({ row }) => row === null));
});

test("a message has room for a word, a time and the four channels, and for no picture", () => {
  assert.equal(LENGTH, 6);
  assert.ok(LENGTH !== OTHER && LENGTH !== REST);
  for (const word of WORDS) {
    const one = { word, ms: 12.5, row: [71.5, 8, 0.25, 0.99] };
    assert.deepEqual(unpackPulse(packPulse(one)), one);
    assert.deepEqual(unpackPulse(packPulse({ word, ms: 1, row: null })), { word, ms: 1, row: null });
  }
  const unsure = unpackPulse(packPulse({ word: "moving", ms: 1, row: [NaN, -2, 30, 0] }));
  assert.deepEqual(unsure.row, [NaN, -2, 30, 0]);
});

test("another message of the worker is not read as a pulse", () => {
  assert.equal(unpackPulse(new Float64Array(OTHER)), null);
  assert.equal(unpackPulse(new Float64Array(REST)), null);
});
