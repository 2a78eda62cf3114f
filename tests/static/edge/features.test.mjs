import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { features, MODULES, opening } from "../../../static/js/edge/features.js";
import { track } from "../../../static/js/edge/track.js";
import { STREAMS } from "../../../static/js/telemetry/streams.js";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url)));
const cases = read("../../data/edge_features.json");
const declared = read("../../../emotion/streams.json");

/** Return rows as in a Block: f4, and null is missing. */
const chunkOf = ({ rows, ...rest }) =>
  ({ ...rest, rows: rows.map((row) => row.map((value) => (value === null ? NaN : Math.fround(value)))) });

function near(found, expected, where) {
  assert.equal(found.length, expected.length, where);
  found.forEach((value, at) => {
    const wanted = expected[at] ?? NaN;
    if (Number.isNaN(wanted)) assert.ok(Number.isNaN(value), `${where}[${at}]: ${value}`);
    else assert.ok(Math.abs(value - wanted) <= 1e-3 + 1e-5 * Math.abs(wanted), `${where}[${at}]: ${value}, not ${wanted}`);
  });
}

for (const [n, { stream, t0, t1, chunks, first, ...expected }] of cases.entries()) {
  test(`case ${n}, ${stream}: the same rows give the features that Python makes`, () => {
    const usual = first ? opening(stream, [chunkOf(first)], 60) : null;
    if (expected.opening) near(usual, expected.opening, "opening");
    const found = features(stream, chunks.map(chunkOf), t0, t1, usual ?? undefined);
    if (!expected.values) return assert.equal(found, null);
    near([found.quality], [expected.quality], "quality");
    assert.deepEqual(found.mask.map((row) => row.map(Number)), expected.mask);
    found.values.forEach((row, step) => near(row, expected.values[step], `second ${step}`));
  });
}

test("every Stream with features here is covered by the cases", () => {
  assert.deepEqual(new Set(cases.map(({ stream }) => stream)), new Set(Object.keys(MODULES)));
});

test("ranges are those of streams.json", () => {
  for (const { name: stream, channels } of declared) {
    const named = channels.map(({ name, lo, hi }) => [name, lo, hi]);
    assert.deepEqual(STREAMS[stream].channels.map(({ name, lo, hi }) => [name, lo, hi]), named, stream);
  }
});

test("the quality that a sensor reports counts, by the channel named quality or contact", () => {
  const { channels } = declared.find(({ name }) => name === "heart");
  const row = channels.map(({ name }) => ({ t: 0.5, hr: 60, rr: 1000, contact: 0.5 })[name]);
  const found = track("heart", [{ t0: 0, rateHz: 0, rows: [row, [1.5, ...row.slice(1)]] }], 0, 3);
  assert.equal(found.quality, (2.5 / 3) * 0.5);
});
