import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { connect } from "../../../../static/js/controllers/authoring/page_layout_controller.js";

const CODE = "0b5c8e5e-7a7e-4a62-9f5b-3d4a5d0f9a11";
const LAYOUTS = "/author/courses/algebra/preview/";
let sent;
let shown;

/** A page with one card of half its size. */
const card = {
  matches: (selector) => selector.split(", ").includes(".card"),
  closest: () => null,
  checkVisibility: () => true,
  getBoundingClientRect: () => ({ left: 0, top: 0, width: 500, height: 1000 }),
  querySelectorAll: () => [],
};

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  sent = [];
  shown = "visible";
  const documentElement = { scrollWidth: 1000, scrollHeight: 2000, dataset: {} };
  Object.assign(globalThis, {
    location: { pathname: `/units/${CODE}/` },
    window: { scrollX: 0, scrollY: 0 },
    document: {
      documentElement, fullscreenElement: null, cookie: "",
      querySelector: (selector) => selector === "main" ? { querySelectorAll: () => [card] } : null,
      get visibilityState() { return shown; },
    },
    getComputedStyle: () => ({ getPropertyValue: () => "#ffffff" }),
    fetch: async (url, { body }) => {
      sent.push({ url, rows: JSON.parse(body.get("rows")) });
      return new Response(null, { status: 204 });
    },
  });
});
afterEach(() => { mock.timers.reset(); mock.restoreAll(); });

const open = () => {
  const stop = new AbortController();
  connect({ dataset: { layouts: LAYOUTS } }, stop.signal);
  return stop;
};

test("a unit's page is sent once, when it has settled, without a time", () => {
  open();
  assert.equal(sent.length, 0);
  mock.timers.tick(60_000);
  assert.deepEqual(sent, [{
    url: `${LAYOUTS}${CODE}/`, rows: [[0, 0, 1, 1, 0, 1, 1, 1, 0], [0, 0, 0.5, 0.5, 9, 1, 1, 1, 0]],
  }]);
});

test("other pages of a preview are not measured", () => {
  for (const pathname of ["/courses/preview-1/", `/units/${CODE}/discussion/`, `/attempts/${CODE}/`]) {
    globalThis.location = { pathname };
    open();
  }
  mock.timers.tick(60_000);
  assert.deepEqual(sent, []);
});

test("a page that was left or is hidden is not sent", () => {
  open().abort();
  mock.timers.tick(60_000);
  open();
  shown = "hidden";
  mock.timers.tick(60_000);
  assert.deepEqual(sent, []);
});
