import assert from "node:assert/strict";
import { test } from "node:test";

import { momentPassed } from "../../../static/js/lib/countdown_announcements.js";

test("the time left is announced at ten, five and one minute, each once", () => {
  const told = [];
  for (let left = 700; left >= 0; left -= 1) told.push(momentPassed(left + 1, left));
  assert.deepEqual(told.filter(Boolean), [600, 300, 60]);
});

test("a clock that jumps, as after sleep, announces the last moment and not three", () => {
  assert.equal(momentPassed(700, 50), 60);
  assert.equal(momentPassed(301, 299), 300);
});

test("the end is announced by the page that follows", () => {
  assert.equal(momentPassed(1, 0), 0);
  assert.equal(momentPassed(500, 499), 0);
});
