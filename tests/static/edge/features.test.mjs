import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { features, MODULES, opening } from "../../../static/js/edge/features.js";
import { RANGES } from "../../../static/js/edge/channel_ranges.js";
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
  for (const [stream, { limits, own }] of Object.entries(RANGES)) {
    const { channels } = declared.find(({ name }) => name === stream);
    assert.deepEqual(limits, channels.map(({ lo, hi }) => [lo, hi]), stream);
    const said = channels.findIndex(({ name }) => ["quality", "contact"].includes(name));
    assert.equal(own ?? -1, said, stream);
    assert.equal(limits.length, STREAMS[stream].steps.length);
  }
});
