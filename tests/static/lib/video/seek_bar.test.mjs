// A browser recording has no length: the bar and its keys use the page's length.
import assert from "node:assert/strict";
import { test } from "node:test";

import { keyTarget, lengthOf } from "../../../../static/js/lib/video/seek_bar.js";

const bar = (said) => ({ getAttribute: () => said });

test("an invalid length is replaced by the page's, and never throws", () => {
  for (const none of [Infinity, NaN, 0, -1, undefined]) assert.equal(lengthOf(none, bar("90.5")), 90.5);
  assert.equal(lengthOf(120, bar("90.5")), 120);
  for (const none of [Infinity, NaN]) assert.equal(lengthOf(none, bar(null)), 0);
});

test("no key leads to a time that is no number", () => {
  for (const key of ["End", "Home", "ArrowRight", "ArrowLeft"]) {
    for (const length of [Infinity, NaN, 0, 90]) {
      const to = keyTarget(key, 3, length, []);
      assert.ok(to === undefined || Number.isFinite(to), `${key} ${length}: ${to}`);
    }
  }
});
