import assert from "node:assert/strict";
import { test } from "node:test";

import { parse, rowsOf } from "../../../../static/js/sensors/heart/parse.js";
import { lots, packet, randomBytes, vectors } from "../bytes.mjs";

const { packets, broken } = vectors("heart_rate");

for (const { name, hex, ...beat } of packets) {
  test(`a packet is read: ${name}`, () => assert.deepEqual(parse(packet(hex)), beat));
}

for (const { name, hex } of broken) {
  test(`a packet that ends early gives nothing: ${name}`, () => assert.equal(parse(packet(hex)), null));
}

test("random bytes never raise", () => {
  const random = lots(1);
  for (let round = 0; round < 2000; round += 1) {
    const beat = parse(new DataView(randomBytes(random, 20).buffer));
    assert.ok(beat === null || beat.hr >= 0);
  }
});

test("each beat has its own time, the last one the packet's", () => {
  const rows = rowsOf({ hr: 70, contact: true, energy: null, rr: [800, 900] }, 10_000);
  assert.deepEqual(rows, [[9100, 70, 800, 1], [10_000, 70, 900, 1]]);
});

test("times never run back before the previous packet", () => {
  assert.equal(rowsOf({ hr: 70, contact: null, energy: null, rr: [800, 900] }, 10_000, 9500)[0][0], 9500);
});

test("an impossible interval is left out, the rate stays", () => {
  assert.deepEqual(rowsOf({ hr: 70, contact: null, energy: null, rr: [250, 2100] }, 10_000).map((row) => row[2]), [null, null]);
  assert.deepEqual(rowsOf({ hr: 70, contact: false, energy: null, rr: [] }, 10_000), [[10_000, 70, null, 0]]);
});
