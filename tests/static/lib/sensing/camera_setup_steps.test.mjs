// The camera set-up records nothing after its page was left.
import assert from "node:assert/strict";
import { test } from "node:test";
import { markup, open } from "../../dom.mjs";

const place = open(markup("learner/_camera_setup.html"));
const { Setup } = await import("../../../../static/js/lib/sensing/camera_setup_steps.js");

test("leaving the page ends the recording that runs", () => {
  const [left, stop] = [[], new AbortController()];
  const setup = new Setup(place, stop.signal);
  setup.assisted = { leave: () => left.push("camera") };
  stop.abort();
  assert.deepEqual([left, setup.assisted], [["camera"], null]);
});
