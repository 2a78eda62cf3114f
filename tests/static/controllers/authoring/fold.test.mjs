/** Which sections a browser remembers as folded. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { withRow } from "../../../../static/js/controllers/authoring/fold_controller.js";

test("a section is remembered once, and forgotten when it is unfolded", () => {
  assert.deepEqual(withRow(["a"], "b", true), ["a", "b"]);
  assert.deepEqual(withRow(["a", "b"], "a", true), ["b", "a"]);
  assert.deepEqual(withRow(["a", "b"], "a", false), ["b"]);
});

test("the oldest of many are forgotten", () => {
  const many = Array.from({ length: 300 }, (_, n) => `s${n}`);
  assert.equal(withRow(many, "new", true).length, 300);
  assert.equal(withRow(many, "new", true)[0], "s1");
});
