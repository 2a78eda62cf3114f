// A long list as one Tab stop: arrows, Home and End move between the links.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { place, walk } from "../../../static/js/lib/roving_tabindex.js";
import { open } from "../dom.mjs";

let page, items, stop;

beforeEach(() => {
  page = open('<ol id="list"><a id="a"></a><a id="b"></a><a id="c"></a></ol>');
  items = ["a", "b", "c"].map((id) => page.getElementById(id));
  stop = walk(page.getElementById("list"), () => items, new AbortController().signal);
  stop(items[0]);
});

const press = (key, more = {}) => {
  const event = Object.assign(new Event("keydown", { cancelable: true }), { key, ...more });
  page.getElementById("list").dispatchEvent(event);
  return [page.activeElement.id, event.defaultPrevented];
};
const stops = () => items.map((item) => item.tabIndex);

test("keys lead to the next, the one before and the ends, and never beyond", () => {
  assert.deepEqual(["ArrowDown", "ArrowUp", "Home", "End"].map((key) => place(key, 1, 3)), [2, 0, 0, 2]);
  assert.deepEqual([place("ArrowDown", 2, 3), place("ArrowUp", 0, 3)], [2, 0]);
  assert.equal(place("Tab", 1, 3), undefined);
  assert.equal(place("End", 0, 0), undefined);
});

test("one link at a time is the Tab stop, and it moves along", () => {
  assert.deepEqual(stops(), [0, -1, -1]);
  items[0].focus();
  assert.deepEqual(press("ArrowDown"), ["b", true]);
  assert.deepEqual(stops(), [-1, 0, -1]);
  assert.deepEqual(press("End"), ["c", true]);
  assert.deepEqual(press("Home"), ["a", true]);
});

test("the current sentence does not take the Tab stop from a reader in the list", () => {
  items[1].focus();
  press("End");
  stop(items[0]);
  assert.deepEqual(stops(), [-1, -1, 0]);
  page.body.focus();
  stop(items[0]);
  assert.deepEqual(stops(), [0, -1, -1]);
});

test("a key with a modifier belongs to the browser", () => {
  items[0].focus();
  assert.deepEqual(press("ArrowDown", { altKey: true }), ["a", false]);
});
