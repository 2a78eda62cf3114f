import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { LEAST_QUALITY, read } from "../../../../static/js/sensors/rppg/quality_check.js";

/** The expected results come from tests/oracles/rppg.py, whose tests write the file. */
const CASES = JSON.parse(readFileSync(new URL("../../../vectors/rppg.json", import.meta.url), "utf8"));
const samplesOf = ({ times_s, colours, moved, clipped }) =>
  times_s.map((time, at) => ({ ms: 1000 * time, colour: colours[at], moved: moved[at], clipped }));

for (const { name, expected, ...seen } of CASES) {
  test(`the page gives the same result as Python for: ${name}`, () => {
    const found = read(samplesOf(seen));
    if (!expected) return assert.equal(found, null);
    assert.equal(found.word, expected.word);
    assert.equal(found.hr === null, expected.hr === null);
    for (const key of ["hr", "snr", "disagreement", "quality"]) {
      if (expected[key] !== null) assert.ok(Math.abs(found[key] - expected[key]) <= 1e-3, `${key} ${found[key]}`);
    }
  });
}

test("some of those cases have a rate, and each word occurs", () => {
  assert.ok(CASES.filter(({ expected }) => expected?.hr).length >= 3);
  const words = new Set(CASES.map(({ expected }) => expected?.word));
  for (const word of ["on", "looking", "dark", "bright", "moving", "slow"]) assert.ok(words.has(word), word);
});

test("there is a rate exactly where the quality is one half or more", () => {
  for (const each of CASES) {
    const found = read(samplesOf(each));
    if (found) assert.equal(found.hr !== null, found.quality >= LEAST_QUALITY);
  }
});
