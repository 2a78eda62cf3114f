import assert from "node:assert/strict";
import { test } from "node:test";

import { parse, rowsOf } from "../../../../static/js/sensors/heart/parse.js";

const packet = (hex) => new DataView(Uint8Array.from(hex.split(" "), (byte) => parseInt(byte, 16)).buffer);

test("a packet with contact and two intervals", () => {
  const { hr, contact, rr, energy } = parse(packet("16 49 40 03 52 03"));
  assert.deepEqual([hr, contact, energy], [73, true, null]);
  assert.deepEqual(rr.map((each) => Math.round(each * 100) / 100), [812.5, 830.08]);
});

test("a packet of a sensor that does not tell contact", () => {
  const { hr, contact, rr } = parse(packet("10 48 54 03"));
  assert.deepEqual([hr, contact, Math.round(rr[0] * 100) / 100], [72, null, 832.03]);
});

test("a wide rate, lost contact and energy before the interval", () => {
  assert.deepEqual(parse(packet("1D 2C 01 10 00 00 04")), { hr: 300, contact: false, energy: 16, rr: [1000] });
});

test("half an interval at the end is not read", () => {
  assert.deepEqual(parse(packet("10 48 54 03 01")).rr.length, 1);
});

test("each beat has its own time, the last one the packet's", () => {
  const rows = rowsOf({ hr: 70, contact: true, energy: null, rr: [800, 900] }, 10_000);
  assert.deepEqual(rows, [[9100, 70, 800, 1], [10_000, 70, 900, 1]]);
});

test("times never run back behind the packet before", () => {
  assert.equal(rowsOf({ hr: 70, contact: null, energy: null, rr: [800, 900] }, 10_000, 9500)[0][0], 9500);
});

test("an interval no heart has is left out, the rate stays", () => {
  assert.deepEqual(rowsOf({ hr: 70, contact: null, energy: null, rr: [250, 2100] }, 10_000).map((row) => row[2]), [null, null]);
  assert.deepEqual(rowsOf({ hr: 70, contact: false, energy: null, rr: [] }, 10_000), [[10_000, 70, null, 0]]);
});
