import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Grid } from "../../../../static/js/sensors/face/grid.js";

let given;
let grid;
beforeEach(() => {
  given = [];
  grid = new Grid((rows, endMs) => given.push({ rows, endMs }), ([value]) => [value, "filled"]);
});

test("ten frames are one second of rows that ends when it ended", () => {
  for (let at = 0; at < 10; at += 1) grid.add([at], 5000 + 100 * at + 7 * (at % 3));
  assert.equal(given.length, 1);
  assert.equal(given[0].rows.length, 10);
  assert.equal(given[0].endMs, 6000);
});

test("frames that come faster give one row a slot", () => {
  for (let at = 0; at < 30; at += 1) grid.add([at], 5000 + (1000 / 30) * at);
  assert.equal(given[0].rows.length, 10);
  assert.deepEqual(given[0].rows.map(([at]) => at), [0, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
});

test("a slot without a frame is filled and marked", () => {
  grid.add([1], 5000);
  grid.add([2], 5250);
  grid.flush();
  assert.deepEqual(given[0].rows, [[1], [1, "filled"], [2]]);
});

test("at two rows a second no slot is filled: half a second is too long", () => {
  grid = new Grid((rows, endMs) => given.push({ rows, endMs }), (row) => row, 2);
  for (const ms of [1000, 1500, 3000, 3500]) grid.add([ms], ms);
  assert.deepEqual(given, [{ rows: [[1000], [1500]], endMs: 2000 }, { rows: [[3000], [3500]], endMs: 4000 }]);
  grid.add([4000], 4000);
  grid.add([5000], 5000);
  assert.deepEqual(given.at(-1), { rows: [[4000]], endMs: 4500 });
});

test("a longer gap ends the run, and no row is invented", () => {
  grid.add([1], 5000);
  grid.add([2], 5900);
  grid.flush();
  assert.deepEqual(given, [{ rows: [[1]], endMs: 5100 }, { rows: [[2]], endMs: 6000 }]);
});

test("runs follow each other without a gap", () => {
  for (let at = 0; at < 25; at += 1) grid.add([at], 5000 + 100 * at);
  grid.flush();
  assert.deepEqual(given.map(({ rows, endMs }) => [rows.length, endMs]), [[10, 6000], [10, 7000], [5, 7500]]);
});

test("a gap across a full run is filled in the next one", () => {
  for (let at = 0; at < 10; at += 1) grid.add([at], 5000 + 100 * at);
  grid.add([12], 6200);
  grid.flush();
  assert.deepEqual(given[1], { rows: [[9, "filled"], [9, "filled"], [12]], endMs: 6300 });
});

test("elapsed time ends a run without new rows", () => {
  grid.add([1], 5000);
  grid.tick(5300);
  assert.equal(given.length, 0);
  grid.tick(5600);
  assert.deepEqual(given, [{ rows: [[1]], endMs: 5100 }]);
});
