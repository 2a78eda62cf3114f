// The camera set-up ends with its page: nothing is recorded, and no step goes on.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { markup, open } from "../../dom.mjs";

const asked = [];
// Scripts of a file have no origin, which the page's own rule asks for.
globalThis.trustedTypes = { createPolicy: () => ({ createScriptURL: (url) => url, createHTML: (text) => text }) };
globalThis.Worker = class {
  postMessage(message) { asked.push(message); }
  terminate() {}
};
globalThis.MediaStreamTrackProcessor = class { readable = "frames"; };
const track = Object.assign(new EventTarget(), { stop() {} });
const mediaDevices = Object.assign(new EventTarget(), { getUserMedia: async () => ({ getVideoTracks: () => [track] }) });
Object.defineProperty(globalThis, "navigator", { value: { mediaDevices }, configurable: true });

const { watch } = await import("../../../../static/js/sensors/face/camera.js");
const { Setup } = await import("../../../../static/js/lib/sensing/camera_setup_steps.js");

let [page, stop, unwatch, setup] = [];
const settle = async () => { for (let round = 0; round < 30; round += 1) await turn(); };
const learns = () => asked.filter(({ learn }) => learn).length;
const press = (name) => page.querySelector(`[data-${name}]`).click();

beforeEach(async () => {
  page = open(markup("learner/_camera_setup.html"));
  for (const dialog of page.querySelectorAll("dialog")) {
    dialog.showModal = () => { dialog.open = true; };
    dialog.close = () => {
      if (dialog.open) dialog.dispatchEvent(new Event("close"));
      dialog.open = false;
    };
  }
  asked.length = 0;
  stop = new AbortController();
  unwatch = watch("face", { saw: () => {}, is: () => {} });
  await settle();
  setup = new Setup(page.querySelector("div"), stop.signal);
  setup.open();
  mock.timers.enable({ apis: ["setTimeout"] });
});
afterEach(() => {
  stop.abort();
  unwatch();
  mock.timers.reset();
});

test("the face at rest is recorded while the page is there", async () => {
  press("setup-learn");
  await settle();
  assert.deepEqual([learns(), Boolean(setup.assisted)], [1, true]);
});

test("the end of the page ends the recording and closes what is open", async () => {
  press("setup-learn");
  await settle();
  stop.abort();
  assert.deepEqual([setup.assisted, setup.panel.open, setup.board.open ?? false], [null, false, false]);
});

test("a page that ends while the camera's code is loaded records nothing", async () => {
  press("setup-learn");
  stop.abort();
  await settle();
  assert.deepEqual([learns(), setup.assisted], [0, null]);
});

test("a set-up that is closed while the camera's code is loaded records nothing", async () => {
  press("setup-learn");
  setup.panel.close();
  await settle();
  assert.deepEqual([learns(), setup.assisted], [0, null]);
});
