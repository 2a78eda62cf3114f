// What the learner sees of the data that is sent: each declared number, with a plain name.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { lines, stays, summary } from "../../../../static/js/lib/sensing/stream_preview.js";

const declared = JSON.parse(readFileSync(new URL("../../../../emotion/streams.json", import.meta.url)));

test("each channel of each stream has a text, in the order of its numbers", () => {
  for (const { name, channels } of declared) {
    const labelled = Object.fromEntries(channels.map((channel) => [channel.name, channel.label]));
    const expected = channels.map(({ name: channel, label }) =>
      label ?? `${labelled[channel.replace("_confidence", "")]}: how sure`);
    assert.deepEqual(lines(name, channels.map(() => 0)).map(({ label }) => label), expected, name);
    assert.ok(expected.every((label) => !label.startsWith("undefined")), name);
  }
});

test("a row of the face is one line a number, with a bar where there is a maximum", () => {
  const row = Array(44).fill(0);
  [row[0], row[8], row[18], row[36]] = [NaN, 2.5, 0.3, Math.PI / 6];
  const told = lines("face", row);
  assert.equal(told.length, 44);
  assert.deepEqual(told[0], { label: "inner brows up", text: "not known", bar: true, share: null });
  assert.deepEqual(told[8], { label: "mouth corners up", text: "2.5 of 5", bar: true, share: 0.5 });
  assert.deepEqual(told[18], { label: "inner brows up: how sure", text: "30%", bar: true, share: 0.3 });
  assert.deepEqual(told[36], { label: "head turned", text: "30°", bar: false, share: null });
});

test("numbers without a name are shown all the same", () => {
  assert.deepEqual(lines("eeg", [12.5]), [{ label: "number 1", text: "12.5", bar: false, share: null }]);
});

test("the heading says how many are sent, that they wait, or why there are none", () => {
  assert.match(summary(60, { paused: false, online: true }), /^These 60 numbers, not your picture or the keys you press, leave this device/);
  assert.match(summary(60, { paused: false, online: false }), /wait here until the connection is back/);
  assert.match(summary(0, { paused: false, online: true }), /nothing leaves/);
  assert.match(summary(60, { paused: true, online: true }), /^Paused: nothing is measured and nothing leaves/);
});

test("each stream says what is stored", () => {
  for (const { name } of declared) assert.ok(stays(name).length > 20, name);
});
