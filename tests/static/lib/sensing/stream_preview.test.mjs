// What the learner is shown of what leaves: every number that is declared, by a name in plain words.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { CHANNELS, lines, stays, summary } from "../../../../static/js/lib/sensing/stream_preview.js";

const declared = JSON.parse(readFileSync(new URL("../../../../emotion/streams.json", import.meta.url)));

test("every channel of every stream has its words, in the order of its numbers", () => {
  assert.deepEqual(Object.keys(CHANNELS), declared.map(({ name }) => name));
  for (const { name, channels } of declared) {
    assert.deepEqual(Object.keys(CHANNELS[name]), channels.map((channel) => channel.name), name);
  }
});

test("a row of the face is one line a number, with a bar where there is a most", () => {
  const row = Array(44).fill(0);
  [row[0], row[8], row[18], row[36]] = [NaN, 2.5, 0.3, Math.PI / 6];
  const told = lines("face", row);
  assert.equal(told.length, 44);
  assert.deepEqual(told[0], { label: "inner brows up", text: "not known", bar: true, share: null });
  assert.deepEqual(told[8], { label: "mouth corners up", text: "2.5 of 5", bar: true, share: 0.5 });
  assert.deepEqual(told[18], { label: "inner brows up: how sure", text: "30%", bar: true, share: 0.3 });
  assert.deepEqual(told[36], { label: "head turned", text: "30°", bar: false, share: null });
});

test("more numbers than have names are shown all the same", () => {
  assert.deepEqual(lines("eeg", [12.5]), [{ label: "number 1", text: "12.5", bar: false, share: null }]);
});

test("above them stands how many leave, that they wait, or why there are none", () => {
  assert.match(summary(60, { paused: false, online: true }), /^These 60 numbers, not your picture or the keys you press, leave/);
  assert.match(summary(60, { paused: false, online: false }), /wait here until the connection is back/);
  assert.match(summary(0, { paused: false, online: true }), /nothing leaves/);
  assert.match(summary(60, { paused: true, online: true }), /^Paused: nothing is measured and nothing leaves/);
});

test("of each stream it is said what stays", () => {
  for (const { name } of declared) assert.ok(stays(name).length > 20, name);
});
