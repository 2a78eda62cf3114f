import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, mock, test } from "node:test";

import { AGAIN_MS, KINDS, measure, place, rgb, start, Told } from "../../../static/js/sensors/layout.js";

const declared = JSON.parse(readFileSync(new URL("../../../emotion/streams.json", import.meta.url)));
const told = readFileSync(new URL("../../../docs/streams.md", import.meta.url), "utf8");
const FRAME = { left: 0, top: 0, width: 1000, height: 2000 };
const LIGHT = { "--canvas": "#ffffff", "--surface": "#ffffff", "--sunken": "#cccccc", "--act": "#003366" };
const DARK = { ...LIGHT, "--canvas": "#000000", "--surface": "#333333" };
let theme;
let page;
let view;

/** A box of the page: its class, position and content. */
class Box {
  shown = true;
  parts = {};
  constructor(name, rect, { text = "", within = [] } = {}) { Object.assign(this, { name, rect, within, textContent: text }); }
  matches(selector) { return selector.split(", ").includes(this.name); }
  closest(selector) { return this.within.includes(selector) ? this : null; }
  checkVisibility() { return this.shown; }
  getBoundingClientRect() { return this.rect; }
  querySelectorAll(selector) { return (this.parts[selector] ?? []).map((text) => ({ textContent: text })); }
}
const rect = (left, top, width, height) => ({ left, top, width, height });
const root = (...boxes) => ({ querySelectorAll: (any) => boxes.filter((box) => any.split(", ").includes(box.name)) });
const token = (name) => theme[name] ?? "";
const seen = (...boxes) => measure(root(...boxes), FRAME, token);
const one = (box) => seen(box)[1];
const kind = (row) => KINDS[row[4]];

beforeEach(() => {
  theme = LIGHT;
  mock.timers.enable({ apis: ["setInterval"] });
  page = [new Box(".stage", rect(0, 0, 500, 500))];
  view = { clock: 0, visibilityState: "visible", fullscreenElement: null };
  const documentElement = { scrollWidth: 1000, scrollHeight: 2000 };
  Object.assign(globalThis, {
    window: { scrollX: 0, scrollY: 0 },
    document: {
      documentElement, querySelector: () => root(...page),
      get visibilityState() { return view.visibilityState; },
      get fullscreenElement() { return view.fullscreenElement; },
    },
    getComputedStyle: () => ({ getPropertyValue: token }),
  });
  mock.method(performance, "now", () => view.clock);
});
afterEach(() => { mock.timers.reset(); mock.restoreAll(); });

test("the kinds are those that are declared, and the docs contain the same numbers", () => {
  const { channels } = declared.find(({ name }) => name === "layout");
  assert.deepEqual([...KINDS], channels.find(({ name }) => name === "kind").codes);
  KINDS.forEach((name, code) => assert.match(told.replace(/\s+/g, " "), new RegExp(`\\b${code} \`${name}\``)));
});

test("a place is given in hundredths of the page", () => {
  assert.deepEqual(place(rect(251.4, 1003, 333, 498), FRAME), [0.25, 0.5, 0.33, 0.25]);
});

test("a box ends inside the page, has some size, or is not sent at all", () => {
  assert.deepEqual(place(rect(900, -40, 400, 41), FRAME), [0.9, 0, 0.1, 0.01]);
  assert.deepEqual(place(rect(998, 1999, 1, 1), FRAME), [0.99, 0.99, 0.01, 0.01]);
  for (const outside of [rect(-50, 0, 50, 9), rect(1000, 0, 5, 5), rect(0, 2001, 5, 5), rect(5, 5, 0, 5), rect(5, 5, 5, 0)]) {
    assert.equal(place(outside, FRAME), null);
  }
});

test("each place stays inside the declared range", () => {
  for (let n = 0; n < 2000; n += 1) {
    const [x, y, w, h] = place(rect(n % 997, n, 1 + (n % 61), 1 + (n % 4000)), FRAME) ?? [0, 0, 1, 1];
    assert.ok(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 1 + 1e-9 && y + h <= 1 + 1e-9, `${n}`);
  }
});

test("a colour is r, g, b of the theme, and white for other text", () => {
  assert.deepEqual(rgb(" #003366"), [0, 0.2, 0.4]);
  assert.deepEqual(rgb("tomato"), [1, 1, 1]);
});

test("each of our boxes is sent with its kind, the page first", () => {
  const names = [".stage", ".prose", ".script", ".question", ".asked", ".opt", ".typed input", "#hints", ".offer", ".btn", ".btn.go", ".card", ".player"];
  const rows = seen(...names.map((name) => new Box(name, rect(0, 0, 100, 100))));
  assert.deepEqual(rows.map(kind), [
    "page", "video", "text", "text", "question", "question", "choice", "answer", "hint", "offer", "button", "button", "card", "card",
  ]);
  assert.deepEqual(rows[0], [0, 0, 1, 1, 0, 1, 1, 1, 0]);
});

test("foreign, hidden and excluded boxes are not sent", () => {
  const hidden = Object.assign(new Box(".card", rect(0, 0, 9, 9)), { shown: false });
  const out = new Box(".card", rect(0, 0, 9, 9), { within: ["[data-no-telemetry]"] });
  assert.equal(seen(hidden, out, new Box(".lamp", rect(0, 0, 9, 9))).length, 1);
});

test("colours are those of the theme, whatever happens to the box", () => {
  const button = new Box(".btn.go", rect(0, 0, 100, 100));
  button.style = { backgroundColor: "red" };
  assert.deepEqual(one(button).slice(5, 8), [0, 0.2, 0.4]);
  theme = DARK;
  assert.deepEqual(seen()[0].slice(5, 8), [0, 0, 0]);
  assert.deepEqual(one(new Box(".card", rect(0, 0, 9, 9))).slice(5, 8), [0.2, 0.2, 0.2]);
});

test("of the course's text only the length in twenties is sent", () => {
  const length = (text) => one(new Box(".prose", rect(0, 0, 9, 9), { text })).at(-1);
  assert.deepEqual([0, 9, 10, 29, 31, 50_000].map((n) => length("a".repeat(n))), [0, 0, 20, 20, 40, 10_000]);
  assert.equal(length(` a\n${" ".repeat(500)}b `), 0);
  const row = one(new Box(".prose", rect(0, 0, 9, 9), { text: "a canary in here" }));
  assert.ok(row.every((value) => typeof value === "number"));
});

test("of a question only its own words count, never the answer", () => {
  const question = new Box(".question", rect(0, 0, 9, 9), { text: "t".repeat(4000) });
  question.parts = { ".ask": ["a".repeat(60)] };
  assert.equal(one(question).at(-1), 60);
});

test("text that a person writes has no length here", () => {
  for (const name of [".typed input", ".offer", ".btn", ".card"]) {
    assert.equal(one(new Box(name, rect(0, 0, 9, 9), { text: "t".repeat(400) })).at(-1), 0, name);
  }
});

test("a page of very many boxes stays small on the wire", () => {
  const many = Array.from({ length: 400 }, (_, n) => new Box(".btn", rect(n, 0, 9, 9)));
  assert.equal(seen(...many).length, 101);
});

test("a layout is sent when it changed, and again so that each minute has one", () => {
  const layouts = new Told();
  assert.equal(layouts.due([[1]], 0), true);
  assert.equal(layouts.due([[1]], AGAIN_MS - 1), false);
  assert.equal(layouts.due([[2]], AGAIN_MS - 1), true);
  assert.equal(layouts.due([[2]], AGAIN_MS + 1), false);
  assert.equal(layouts.due([[2]], 2 * AGAIN_MS - 1), true);
  assert.ok(2 * AGAIN_MS <= 60_000);
});

/** Return what a started sensor reports while `seconds` pass. */
function sensed() {
  const given = [];
  const stop = start((rows, about) => given.push({ rows, about }));
  const wait = (seconds) => {
    for (let n = 0; n < 10 * seconds; n += 1) { view.clock += 100; mock.timers.tick(100); }
  };
  return { given, stop, wait };
}

test("all boxes of one reading have the same time", () => {
  view.clock = 5000;
  const { given } = sensed();
  assert.deepEqual(given, [{
    rows: [[5000, 0, 0, 1, 1, 0, 1, 1, 1, 0], [5000, 0, 0, 0.5, 0.25, 1, 0.8, 0.8, 0.8, 0]], about: { quality: 1 },
  }]);
});

test("an unchanged page is quiet; a box that moves often is sent once a second", () => {
  const { given, wait } = sensed();
  wait(20);
  assert.equal(given.length, 1);
  for (let n = 1; n <= 30; n += 1) {
    page[0].rect = rect(n * 10, 0, 500, 500);
    wait(0.1);
  }
  assert.deepEqual(given.slice(1).map(({ rows }) => rows[1][1]), [0.1, 0.2, 0.3]);
});

test("scrolling changes nothing", () => {
  const { given, wait } = sensed();
  window.scrollY = 700;
  page[0].rect = rect(0, -700, 500, 500);
  wait(5);
  assert.equal(given.length, 1);
});

test("a hidden page sends nothing until it is visible again", () => {
  view.visibilityState = "hidden";
  const { given, wait } = sensed();
  wait(40);
  assert.equal(given.length, 0);
  view.visibilityState = "visible";
  wait(1);
  assert.equal(given.length, 1);
});

test("in full screen the page is what fills it", () => {
  view.fullscreenElement = Object.assign(root(new Box(".stage", rect(0, 0, 800, 400))), {
    getBoundingClientRect: () => rect(0, 0, 800, 500),
  });
  assert.deepEqual(sensed().given[0].rows[1].slice(1, 5), [0, 0, 1, 0.8]);
});

test("once stopped it measures no more", () => {
  const { given, stop, wait } = sensed();
  stop();
  page = [];
  wait(60);
  assert.equal(given.length, 1);
});
