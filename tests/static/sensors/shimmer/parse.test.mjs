import assert from "node:assert/strict";
import { test } from "node:test";

import { COMMANDS, Reader } from "../../../../static/js/sensors/shimmer/parse.js";
import { Skin, conductance } from "../../../../static/js/sensors/shimmer/skin_conductance.js";
import { bytesOf, hexOf, lots, randomBytes, vectors } from "../bytes.mjs";

const { streams, skin } = vectors("shimmer");
const whole = streams.find(({ name }) => name === "packets over the end of the ticks");

/** @param {number[] | null} channels @param {Uint8Array[]} chunks */
function heard(channels, chunks) {
  const reader = new Reader();
  if (channels) reader.stream(128, channels);
  return chunks.flatMap((chunk) => reader.feed(chunk)).map(({ rateHz, volts, ...said }) => ({
    ...said, ...(rateHz && { rate_hz: rateHz }), ...(volts && { volts: Math.round(volts * 1e9) / 1e9 }),
  }));
}

for (const { name, hex, channels, said } of streams) {
  const bytes = bytesOf(hex);

  test(`bytes are parsed: ${name}`, () => assert.deepEqual(heard(channels, [bytes]), said));

  test(`cut at any byte they are parsed alike: ${name}`, () => {
    for (let at = 0; at < bytes.length; at += 1) {
      assert.deepEqual(heard(channels, [bytes.slice(0, at), bytes.slice(at)]), said);
    }
    assert.deepEqual(heard(channels, [...bytes].map((byte) => Uint8Array.of(byte))), said);
  });
}

test("a lost byte costs two packets at most and invents none", () => {
  const bytes = bytesOf(whole.hex);
  const known = new Set(whole.said.map((packet) => JSON.stringify(packet)));
  for (let at = 0; at < bytes.length; at += 1) {
    const said = heard(whole.channels, [bytes.filter((_, each) => each !== at)]);
    assert.ok(said.every(({ kind, ticks, ppg, gsr }) => known.has(JSON.stringify({ kind, ticks, ppg, gsr }))), `byte ${at}`);
    assert.ok(said.length >= whole.said.length - 2, `byte ${at}`);
  }
});

test("random bytes never raise, however they are cut", () => {
  const random = lots(3);
  for (let round = 0; round < 500; round += 1) {
    const channels = [null, [0x1c], [0x12, 0x1c]][round % 3];
    const chunks = Array.from({ length: 12 }, () => randomBytes(random, 40));
    const joined = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
    assert.deepEqual(heard(channels, chunks), heard(channels, [joined]));
  }
});

test("commands have the bytes that a Shimmer expects", () => {
  assert.equal(hexOf(COMMANDS.rate(128)), "050001");
  assert.equal(hexOf(COMMANDS.sensors({ gsr: true, ppg: false })), "08040000");
  assert.equal(hexOf(COMMANDS.sensors({ gsr: true, ppg: true })), "08040100");
  assert.deepEqual([COMMANDS.rangeAuto(), COMMANDS.power(true), COMMANDS.stop()].map(hexOf), ["2104", "5e01", "20"]);
});

for (const { raw, range, adc, kohm, us, off } of skin) {
  test(`0x${raw.toString(16)} becomes ${us} µS`, () => {
    const found = conductance(raw);
    assert.deepEqual([found.range, found.adc, found.off], [range, adc, off]);
    assert.ok(Math.abs(found.kOhm / kohm - 1) < 1e-3 && Math.abs(found.us / us - 1) < 2e-3);
  });
}

test("the number at a change of range is marked", () => {
  const read = new Skin();
  const marks = [0x89c4, 0x89c4, 0xc4b0, 0xc4b0, 0x46a4].map((raw) => read.read(raw).switched);
  assert.deepEqual(marks, [false, false, true, false, true]);
});
