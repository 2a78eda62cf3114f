// A page whose socket was closed with the session asks to sign in, but not again after "Not now".
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../../dom.mjs";

const page = open('<main data-unit="u" data-scenario="quiz"></main>');
const { connect } = await import("../../../../static/js/controllers/sensing/sitting_controller.js");
const { sitting } = await import("../../../../static/js/telemetry/sitting.js");

test("a socket without a session asks to sign in once, and continues after the sign-in", async () => {
  const [asked, opened, stop] = [[], [], new AbortController()];
  sitting.open = async (about) => { opened.push(about.scenario); };
  page.addEventListener("attune:session-ended", ({ detail }) => {
    detail.taken = true;
    asked.push(detail.decide);
  });
  const settle = () => new Promise(setImmediate);
  const end = (why) => page.dispatchEvent(new CustomEvent("attune:over", { detail: { why } }));
  connect(page.querySelector("main"), stop.signal);
  end("long");
  assert.equal(asked.length, 0);
  end("signed_out");
  asked[0]("later");
  await settle();
  end("signed_out");
  assert.equal(asked.length, 1);
  page.dispatchEvent(new CustomEvent("attune:signed-in"));
  assert.deepEqual(opened, ["quiz", "quiz"]);
  stop.abort();
});

test("a page without a unit ends the Sitting, and the next unit goes on", () => {
  const [heard, stop] = [[], new AbortController()];
  sitting.open = async () => {};
  sitting.move = async (about) => { heard.push(about.unit); };
  sitting.close = () => { heard.push("closed"); };
  const main = page.querySelector("main");
  connect(main, stop.signal);
  const move = (unit) => {
    main.dataset.unit = unit;
    page.dispatchEvent(new CustomEvent("attune:moved"));
  };
  ["v", "", "w"].forEach(move);
  assert.deepEqual(heard, ["v", "closed", "w"]);
  stop.abort();
});
