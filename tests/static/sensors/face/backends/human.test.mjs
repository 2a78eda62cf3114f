import assert from "node:assert/strict";
import { test } from "node:test";

import { foundBy } from "../../../../../static/js/sensors/face/backends/human.js";
import { head, mesh, meshRaw } from "../synthetic.mjs";

const near = (got, expected, within = 1e-9) =>
  assert.ok(Math.abs(got - expected) <= within, `expected ${expected}, got ${got}`);
const same = (got, expected, at) => [0, 1, 2].forEach((axis) => near(got[at][axis], expected[at][axis]));
const given = (points, how = {}) =>
  foundBy({ meshRaw: meshRaw(points, how), boxRaw: [0.2, 0.1, how.share ?? 1, 0.5] }).mesh;

test("the first eye's iris, which Human leaves mirrored, is mirrored back", () => {
  const look = head({ look: [0.1, 0] });
  for (const at of [468, 473, 474, 477]) same(given(look), mesh(look), at);
});

test("so are its corners and lids where the iris net redrew them, and its brow", () => {
  for (const at of [33, 133, 159, 145]) same(given(head(), { lids: true }), mesh(head()), at);
  for (const at of [55, 107, 70, 63]) same(given(head(), { brow: true }), mesh(head()), at);
});

test("depths come in shares of the picture, not of the box", () => {
  const got = given(head(), { share: 0.25 });
  for (const at of [2, 33, 468]) near(got[at][2], mesh(head())[at][2]);
});

test("a mesh without irises is refused", () => {
  const bare = { meshRaw: meshRaw(head()).slice(0, 468), boxRaw: [0, 0, 1, 1] };
  assert.throws(() => foundBy(bare), /expected 478 landmarks, got 468/);
});
