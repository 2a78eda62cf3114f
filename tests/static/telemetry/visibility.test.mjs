import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { watchVisibility } from "../../../static/js/telemetry/sleep_detector.js";

class Page extends EventTarget {
  visibilityState = "visible";
  show(state) {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

let said;
let stop;
beforeEach(() => {
  said = [];
  Object.assign(globalThis, { document: new Page(), window: new EventTarget() });
  stop = watchVisibility((visible) => said.push(visible), () => said.push("leave"));
});

test("a page that is left is hidden before, and once", () => {
  window.dispatchEvent(new Event("pagehide"));
  document.show("hidden");
  assert.deepEqual(said, [0, "leave"]);
});

test("a page that comes back is visible again", () => {
  window.dispatchEvent(new Event("pagehide"));
  document.show("hidden");
  document.visibilityState = "visible";
  window.dispatchEvent(new Event("pageshow"));
  document.show("visible");
  assert.deepEqual(said, [0, "leave", 1]);
});

test("after its end nothing is reported", () => {
  stop();
  document.show("hidden");
  window.dispatchEvent(new Event("pagehide"));
  assert.deepEqual(said, []);
});
