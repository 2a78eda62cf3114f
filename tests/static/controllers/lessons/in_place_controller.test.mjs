// A page that changed its address without a move is still the page of its address.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { open } from "../../dom.mjs";

const SHOWN = "http://x/units/1/";
const page = open('<main id="main"><p id="part">old</p></main>');
const states = [];
Object.assign(globalThis, {
  location: { href: SHOWN, origin: "http://x", reload: () => states.push("reload") },
  history: { state: { attune: 3 }, replaceState: (state, _, url) => { states.push(state); location.href = url; } },
});
const window = new EventTarget();
globalThis.addEventListener = window.addEventListener.bind(window);
const { connect } = await import("../../../../static/js/controllers/lessons/in_place_controller.js");
const { swap } = await import("../../../../static/js/lib/swap.js");

test("after a form's answer with another address, a place within the page loads nothing", async () => {
  const stop = new AbortController();
  const asked = [];
  connect(page.querySelector("main"), stop.signal);
  mock.method(globalThis, "fetch", async (url) => {
    asked.push(url);
    const headers = new Headers({ "Content-Type": "text/html" });
    return { ok: true, status: 200, redirected: true, url: `${SHOWN}?page=2`, headers, text: async () => '<p id="part">new</p>' };
  });
  assert.equal((await swap("http://x/send/", { method: "POST" }, ["part"])).swapped, true);
  assert.deepEqual([location.href, states], [`${SHOWN}?page=2`, [{ attune: 3 }]]);
  location.href += "#part";
  await import("../../../../static/js/lib/lesson_pages.js");
  window.dispatchEvent(new Event("popstate"));
  for (let round = 0; round < 50; round += 1) await turn();
  assert.deepEqual([asked, states.length], [["http://x/send/"], 1]);
  stop.abort();
});
