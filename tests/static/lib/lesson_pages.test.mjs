// Back and Forward in a lesson show the page of the address, however quickly they follow each other.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { open, Page } from "../dom.mjs";

const UNIT = "http://x/units/2/";
const SHOWN = "http://x/units/1/";
/** A lesson's page, as far as the frame of the site is compared. */
const whole = (page) => Object.assign(page, {
  documentElement: { lang: "en", dir: "ltr", dataset: {} }, head: page.body, importNode: (node) => node.cloneNode(),
});
const FRESH = '<link rel="stylesheet" href="/new.css"><main id="main" data-controller="lessons/in_place">two</main>';
globalThis.DOMParser = class { parseFromString() { return whole(new Page(FRESH)); } };

const { LessonPages } = await import("../../../static/js/lib/lesson_pages.js");
let [main, at, pages, asked, answer, pushed, heard] = [];

beforeEach(() => {
  main = whole(open('<main id="main" data-controller="lessons/in_place">one</main>')).querySelector("main");
  [asked, pushed, heard] = [[], [], {}];
  globalThis.location = { href: SHOWN, origin: "http://x", reload: () => pushed.push("reload") };
  globalThis.addEventListener = (name, act) => { heard[name] = act; };
  globalThis.history = { state: null, pushState: (...each) => pushed.push(each), replaceState: (...each) => pushed.push(each) };
  mock.method(globalThis, "fetch", (url, { signal }) => new Promise((resolve, reject) => {
    asked.push({ url, signal });
    signal.addEventListener("abort", () => reject(signal.reason));
    answer = () => resolve({ ok: true, status: 200, url, headers: new Headers({ "Content-Type": "text/html" }), text: async () => FRESH });
  }));
  at = { shown: SHOWN, entry: 1 };
  pages = new LessonPages(main, () => true, at);
});
const settle = async () => { for (let round = 0; round < 20; round += 1) await turn(); };
/** The browser went to an entry of the history. */
async function goes(href) {
  location.href = href;
  pages.back();
  await settle();
}
const busy = () => main.getAttribute("aria-busy");

test("forward again before the page was loaded keeps this page and the history", async () => {
  await goes(UNIT);
  assert.deepEqual([asked[0].url, busy()], [UNIT, "true"]);
  await goes(SHOWN);
  assert.deepEqual([asked[0].signal.aborted, busy()], [true, null]);
  assert.deepEqual([main.textContent, pushed, at], ["one", [], { shown: SHOWN, entry: 1 }]);
});

test("forward again while the styles of the page are loaded keeps this page and the history", async () => {
  await goes(UNIT);
  answer();
  await settle();
  const style = document.querySelector("link");
  await goes(SHOWN);
  style.dispatchEvent(new Event("load"));
  await settle();
  assert.deepEqual([main.textContent, busy(), pushed, at.shown], ["one", null, [], SHOWN]);
});

test("a form sent before the page of a link is here keeps this page", async () => {
  pages.go(UNIT);
  await settle();
  answer();
  pages.stay();
  await settle();
  assert.deepEqual([asked[0].signal.aborted, busy()], [true, null]);
  assert.deepEqual([main.textContent, pushed, at], ["one", [], { shown: SHOWN, entry: 1 }]);
});

test("a form that leads to the next unit is not stopped: the server may have taken it", async () => {
  pages.send(UNIT, { method: "POST" }, () => {});
  await settle();
  pages.stay();
  assert.deepEqual([asked[0].signal.aborted, busy()], [false, "true"]);
  await goes(SHOWN);
});

test("a form sent while Back is loaded does not leave the page at another address", async () => {
  await goes(UNIT);
  pages.stay();
  assert.deepEqual([asked[0].signal.aborted, busy()], [false, "true"]);
  await goes(SHOWN);
});

test("a place within the page is loaded from nowhere", async () => {
  await goes(`${SHOWN}#part`);
  assert.deepEqual([asked, at.shown], [[], `${SHOWN}#part`]);
});

test("the browser restores where a page was scrolled to only on a reload", () => {
  assert.equal(history.scrollRestoration, "manual");
  heard.pagehide();
  assert.equal(history.scrollRestoration, "auto");
  heard.pageshow();
  assert.equal(history.scrollRestoration, "manual");
});
