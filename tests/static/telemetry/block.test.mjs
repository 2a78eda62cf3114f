import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { BACKENDS } from "../../../static/js/sensors/face/message.js";
import { MODELS } from "../../../static/js/sensors/polar/models.js";
import { encode, HEAD_BYTES, rounded } from "../../../static/js/telemetry/block.js";
import { SENSORS } from "../../../static/js/telemetry/sensor_manager.js";
import { STREAMS } from "../../../static/js/telemetry/streams.js";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url)));
const vectors = read("../../data/frames.json");
const declared = read("../../../emotion/streams.json");
const hex = (bytes) => Buffer.from(bytes).toString("hex");

// A NaN has many bit patterns: compare it as missing, and the rest as bytes.
const canonical = (text) => text.replaceAll("0000c0ff", "0000c07f");

for (const { name, hex: expected, block } of vectors.good) {
  test(`the shared vector "${name}" is written as Python reads it`, () => {
    assert.equal(canonical(hex(encode(block))), canonical(expected));
  });
}

test("the page's table of streams is that of emotion/streams.json", () => {
  const rows = declared.map(({ name, number, dtype, rate_hz: rateHz }) => [name, { number, dtype, rateHz }]);
  const ours = Object.entries(STREAMS).map(([name, { number, dtype, rateHz }]) => [name, { number, dtype, rateHz }]);
  assert.deepEqual(ours, rows);
  for (const { name, scale } of declared) if (scale !== null) assert.equal(STREAMS[name].scale, scale);
});

test("the page rounds each channel to its declared precision", () => {
  for (const { name, channels } of declared) {
    assert.deepEqual(STREAMS[name].channels.map(({ step }) => step), channels.map(({ resolution }) => resolution), name);
  }
  assert.deepEqual(rounded("activity", [[0.98765, null, 0.0004, 2.6]]), [[0.988, null, 0, 3]]);
  const [typed] = rounded("typing", [[1, 2, 3, 4, 42.6, 7.4, NaN, 8, 8, 8, 1, 0]]);
  assert.deepEqual(typed.slice(4, 7), [45, 5, NaN]);
  assert.deepEqual(rounded("ppg", [[12.5]]), [[12.5]]);
});

test("each sensor has the declared channels, at the declared rate", async () => {
  for (const [name, load] of Object.entries(SENSORS)) {
    const sensor = await load();
    const { channels, rate_hz: rateHz } = declared.find((row) => row.name === name);
    assert.equal(sensor.stream, name);
    assert.deepEqual([...sensor.channels], channels.map((channel) => channel.name), name);
    assert.equal(sensor.rateHz, rateHz);
  }
});

test("the epoch is sent by its low 16 bits", () => {
  const bytes = encode({ stream: "activity", epoch: 0x1_0002, seq: 0, t0: 0, rateHz: 1, rows: [[1, 1, 0, 0]] });
  assert.equal(new DataView(bytes.buffer).getUint16(2, true), 2);
  assert.equal(bytes.length, HEAD_BYTES + 16);
});

test("whole numbers stay inside their range and away from the missing value", () => {
  const bytes = encode({ stream: "ecg", epoch: 1, seq: 0, t0: 0, rateHz: 130, rows: [[-1e9], [1e9], [null]] });
  const view = new DataView(bytes.buffer);
  assert.deepEqual([24, 26, 28].map((at) => view.getInt16(at, true)), [-32767, 32767, -32768]);
});

test("whole numbers are in the steps that a device reports", () => {
  const rows = [[256], [-300], [1e9], [null]];
  const bytes = encode({ stream: "ppg", epoch: 1, seq: 0, t0: 0, rateHz: 55, rows, scale: 128 });
  const view = new DataView(bytes.buffer);
  assert.deepEqual([24, 26, 28, 30].map((at) => view.getInt16(at, true)), [2, -2, 32767, -32768]);
});

test("a sensor names only what is declared to give its stream", () => {
  const can = Object.fromEntries(declared.map(({ name, backends }) => [name, backends]));
  for (const { backend, gives } of MODELS) {
    for (const stream of Object.keys(gives)) assert.ok(can[stream].includes(backend), `${stream}: ${backend}`);
  }
  for (const backend of BACKENDS.filter(Boolean)) {
    for (const stream of ["face", "gaze", "rppg"]) assert.ok(can[stream].includes(backend), `${stream}: ${backend}`);
  }
});

test("an invalid block is refused before it is sent", () => {
  const block = { stream: "activity", epoch: 1, seq: 0, t0: 0, rateHz: 1 };
  assert.throws(() => encode({ ...block, rows: [] }), /rows of one length/);
  assert.throws(() => encode({ ...block, rows: [[1, 1], [1]] }), /rows of one length/);
  assert.throws(() => encode({ ...block, stream: "sonar", rows: [[1]] }), /stream of ours/);
});
