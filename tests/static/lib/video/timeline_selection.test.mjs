import assert from "node:assert/strict";
import { test } from "node:test";
import { binAt, moved, said } from "../../../../static/js/lib/video/timeline_selection.js";

const line = {
  bin: 5, length: 58,
  chapters: [
    { start: 0, end: 29, title: "Multiplying backwards" },
    { start: 29, end: 48, title: "Find the pair" },
    { start: 48, end: 58, title: "" },
  ],
};

test("a second is in its section, one outside in the first or the last", () => {
  assert.deepEqual(binAt(line, 12), { from: 10, to: 15 });
  assert.deepEqual(binAt(line, -3), { from: 0, to: 5 });
  assert.deepEqual(binAt(line, 900), { from: 55, to: 58 });
});

test("arrows move by five seconds, also out of a selected chapter", () => {
  assert.deepEqual(moved("ArrowRight", line, { from: 10, to: 15 }), { from: 15, to: 20 });
  assert.deepEqual(moved("ArrowLeft", line, { from: 0, to: 5 }), { from: 0, to: 5 });
  assert.deepEqual(moved("ArrowRight", line, { from: 29, to: 48 }), { from: 30, to: 35 });
  assert.deepEqual(moved("End", line, { from: 0, to: 5 }), { from: 55, to: 58 });
});

test("page keys move by chapter and stay within the video", () => {
  assert.deepEqual(moved("PageUp", line, { from: 10, to: 15 }), { from: 29, to: 48 });
  assert.deepEqual(moved("PageDown", line, { from: 50, to: 55 }), { from: 29, to: 48 });
  assert.deepEqual(moved("PageUp", line, { from: 48, to: 58 }), { from: 48, to: 58 });
});

test("other keys move nothing", () => {
  assert.equal(moved("Tab", line, { from: 0, to: 5 }), undefined);
  assert.equal(moved("k", line, { from: 0, to: 5 }), undefined);
});

test("a section is described with its chapter, or without where it has no name", () => {
  assert.equal(said(line, { from: 29, to: 48 }), "0:29 to 0:48, Find the pair");
  assert.equal(said(line, { from: 50, to: 55 }), "0:50 to 0:55");
});
