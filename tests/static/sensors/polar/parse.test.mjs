import assert from "node:assert/strict";
import { test } from "node:test";

import { parseAnswer, parseFrame, startCommand, stopCommand } from "../../../../static/js/sensors/polar/parse.js";
import { hexOf, lots, packet, randomBytes, vectors } from "../bytes.mjs";

const { frames, broken, answers, no_answers: others, commands } = vectors("polar");

for (const { name, hex, factor, type, stamp_ms, samples } of frames) {
  test(`a frame is read: ${name}`, () => {
    assert.deepEqual(parseFrame(packet(hex), factor), { type, stampMs: stamp_ms, samples });
  });
}

for (const { name, hex } of broken) {
  test(`an incomplete frame gives nothing: ${name}`, () => assert.equal(parseFrame(packet(hex)), null));
}

for (const { name, hex, ...answer } of answers) {
  test(`an answer is read: ${name}`, () => assert.deepEqual(parseAnswer(packet(hex)), answer));
}

for (const { name, hex } of others) {
  test(`other data is no answer: ${name}`, () => assert.equal(parseAnswer(packet(hex)), null));
}

test("a factor that is no number is ignored", () => {
  assert.deepEqual(parseAnswer(packet("f0020200000501" + "0000c07f")).settings, { factor: [] });
});

for (const { name, hex, type, settings } of commands) {
  test(`a start command has the bytes that the sensor expects: ${name}`, () => {
    assert.equal(hexOf(startCommand(type, settings)), hex);
    assert.deepEqual([...stopCommand(type)], [3, type]);
  });
}

test("random bytes never raise", () => {
  const random = lots(2);
  let frameCount = 0;
  for (let round = 0; round < 5000; round += 1) {
    const body = randomBytes(random, 120);
    const head = Uint8Array.of(4 * random(), 0, 0, 0, 0, 0, 0, 0, 0, [0, 1, 0x80, 0x81][Math.floor(4 * random())]);
    const frame = parseFrame(new DataView(Uint8Array.of(...head, ...body).buffer), 0.5);
    frameCount += Number(frame !== null);
    parseAnswer(new DataView(body.buffer));
  }
  assert.ok(frameCount > 0);
});
