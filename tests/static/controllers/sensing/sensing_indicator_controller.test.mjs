// The indicator names what is sensed while one Sitting follows another, and on a page without one.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { markup, open } from "../../dom.mjs";

let page;
let stop;

open("");
globalThis.window = new EventTarget();
const { connect } = await import("../../../../static/js/controllers/sensing/sensing_indicator_controller.js");
const { sitting } = await import("../../../../static/js/telemetry/sitting.js");
let listens;
sitting.pauses.listen = () => { listens += 1; };

beforeEach(() => {
  page = open(`${markup("_lamp.html")}<main id="main" data-unit="u"></main>`);
  [sitting.id, sitting.over, sitting.handover, listens] = [null, "", undefined, 0];
  stop?.abort();
  stop = new AbortController();
  connect(page.querySelector(".lamp"), stop.signal);
});

const tell = (name, detail) => page.dispatchEvent(new CustomEvent(name, { detail }));
const lamp = () => page.querySelector(".lamp").dataset.state;
const ON = { streams: { pointer: { state: "on", rows: 3 } }, paused: false, online: true, lost: {} };

test("between two Sittings whose sensors run on it says what is sensed", () => {
  tell("attune:state", ON);
  assert.equal(lamp(), "on");
  sitting.handover = { isWaiting: true };
  tell("attune:elsewhere", null);
  assert.equal(lamp(), "on");
});

test("without a Sitting it says what other tabs sense, and else that nothing is", () => {
  tell("attune:elsewhere", { streams: ON.streams, paused: false });
  assert.equal(lamp(), "on");
  tell("attune:elsewhere", null);
  assert.equal(lamp(), "off");
});

test("on a page in place without a Sitting it listens to the other tabs again", () => {
  const before = listens;
  tell("attune:moved", { page });
  assert.equal(listens, before);
  page.querySelector("#main").dataset.unit = "";
  tell("attune:moved", { page });
  assert.equal(listens, before + 1);
});
