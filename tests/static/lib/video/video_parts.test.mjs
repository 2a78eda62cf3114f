import assert from "node:assert/strict";
import { test } from "node:test";
import { chapterAt, neighbour, played, questionsLeft, questionsPassed } from "../../../../static/js/lib/video/chapters.js";
import { clock, spoken } from "../../../../static/js/lib/video/duration_text.js";
import { around, matches } from "../../../../static/js/lib/video/find_text.js";
import { keyTarget } from "../../../../static/js/lib/video/seek_bar.js";
import { add, continuous, covered } from "../../../../static/js/lib/video/watched_ranges.js";

const chapters = [
  { start: 0, end: 10, title: "one" },
  { start: 10, end: 40, title: "two" },
  { start: 40, end: 60, title: "three" },
];

test("seconds are written for readers and screen readers", () => {
  assert.deepEqual([0, 9.9, 65, 600, NaN, -3].map(clock), ["0:00", "0:09", "1:05", "10:00", "0:00", "0:00"]);
  assert.equal(spoken(61), "1 minute 1 second");
  assert.equal(spoken(120), "2 minutes 0 seconds");
  assert.equal(spoken(5), "5 seconds");
});

test("a second is in its chapter, the end in the last", () => {
  assert.deepEqual([0, 10, 39.9, 60].map((at) => chapterAt(chapters, at)?.title), ["one", "two", "two", "three"]);
  assert.deepEqual([0, 10, 25, 40, 60].map((at) => played(chapters[1], at)), [0, 0, 0.5, 1, 1]);
});

test("page keys go to the next and the previous chapter, twice back leaves one", () => {
  assert.equal(neighbour(chapters, 12, 1), 40);
  assert.equal(neighbour(chapters, 50, 1), 60);
  assert.equal(neighbour(chapters, 25, -1), 10);
  assert.equal(neighbour(chapters, 11, -1), 0);
  assert.equal(keyTarget("PageUp", 5, 60, chapters), 10);
  assert.equal(keyTarget("Home", 5, 60, chapters), 0);
  assert.equal(keyTarget("ArrowRight", 58, 60, chapters), 60);
  assert.equal(keyTarget("ArrowLeft", 2, 60, chapters), 0);
  assert.equal(keyTarget("Tab", 5, 60, chapters), undefined);
});

test("a question is asked when play passes it, not when a jump does, and not again", () => {
  const questions = [{ time: 10, done: false }, { time: 20, done: true }];
  assert.deepEqual(questionsPassed(questions, 9.8, 10.1), [questions[0]]);
  assert.deepEqual(questionsPassed(questions, 10, 10.3), []);
  assert.deepEqual(questionsPassed(questions, 5, 12), []);
  assert.deepEqual(questionsPassed(questions, 19.9, 20.2), []);
  assert.deepEqual(questionsPassed(questions, NaN, 10), []);
});

test("questions that come at one moment are asked one after the other", () => {
  const [late, early, same] = [10.2, 10, 10].map((time) => ({ time, done: false }));
  assert.deepEqual(questionsPassed([late, early, same], 9.9, 10.3), [early, same, late]);
});

test("a reload finds the question at which the page was left", () => {
  const questions = [{ time: 10, done: false }, { time: 20, done: true }];
  assert.deepEqual(questionsLeft(questions, 10.3), [questions[0]]);
  assert.deepEqual(questionsLeft(questions, 9.9), []);
  assert.deepEqual(questionsLeft(questions, 14), []);
  assert.deepEqual(questionsLeft(questions, 20.2), []);
});

test("watched stretches are a union: replays count once, gaps stay, order does not matter", () => {
  const random = (seed) => () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const next = random(7);
  const parts = Array.from({ length: 200 }, () => {
    const from = next() * 100;
    return [from, from + next() * 10];
  });
  const forward = parts.reduce((union, [from, to]) => add(union, from, to), []);
  const backward = [...parts].reverse().reduce((union, [from, to]) => add(union, from, to), []);
  assert.deepEqual(forward.map((n) => n.toFixed(6)), backward.map((n) => n.toFixed(6)));
  assert.deepEqual(add(add([], 0, 10), 20, 30), [0, 10, 20, 30]);
  assert.equal(covered(add(add([0, 10, 20, 30], 5, 25), 5, 25)), 30);
  assert.deepEqual(add([0, 10], 5, 5), [0, 10]);
});

test("two readings of the clock belong together only while playing on", () => {
  assert.equal(continuous(1, 1.3, 1), true);
  assert.equal(continuous(1, 3.4, 2), true);
  assert.equal(continuous(1, 9, 1), false);
  assert.equal(continuous(3, 1, 1), false);
  assert.equal(continuous(NaN, 1, 1), false);
});

test("search ignores case and accents and wraps around", () => {
  const lines = ["La solución es 3", "Factor it", "another factor"];
  assert.deepEqual(matches(lines, "SOLUCION"), [0]);
  assert.deepEqual(matches(lines, " factor "), [1, 2]);
  assert.deepEqual(matches(lines, "  "), []);
  assert.equal(around(2, -1, 1), 0);
  assert.equal(around(2, 1, 1), 0);
  assert.equal(around(2, 0, -1), 1);
  assert.equal(around(0, 0, 1), -1);
});
