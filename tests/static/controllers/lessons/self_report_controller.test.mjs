// Self-reports: "Saved." appears with the server's acknowledgement, and a failure is reported.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { open } from "../../dom.mjs";

const PAGE = `<main><div id="report" hidden><button data-report="stuck"></button><button data-report="got_it"></button>
<p data-report-note></p></div></main><div data-announce></div>`;

let page, id, stop;
open("");
globalThis.window = new EventTarget();
globalThis.location = { protocol: "https:", host: "school.example" };
const { connect } = await import("../../../../static/js/controllers/lessons/self_report_controller.js");
const { sitting } = await import("../../../../static/js/telemetry/sitting.js");
mock.timers.enable({ apis: ["setTimeout"] });

beforeEach(() => {
  page = open(PAGE);
  page.querySelector("#report").closest = () => null;
  id = "m1";
  sitting.learner.report = () => id;
  stop?.abort();
  stop = new AbortController();
  connect(page.querySelector("#report"), stop.signal);
});

const tell = (name, detail) => page.dispatchEvent(new CustomEvent(`attune:${name}`, { detail }));
const button = (name) => page.querySelector(`[data-report="${name}"]`);
const note = () => page.querySelector("[data-report-note]").textContent;
const said = () => page.querySelector("[data-announce]").textContent;
const pressed = (name) => button(name).getAttribute("aria-pressed");

test("it is confirmed once the server has it, and not before", () => {
  button("stuck").click();
  assert.deepEqual([note(), pressed("stuck")], ["", "true"]);
  tell("ack", { id: "another" });
  assert.equal(note(), "");
  tell("ack", { id: "m1" });
  assert.equal(note(), "Saved. Your teacher can see that you are stuck.");
  assert.equal(said(), note());
});

test("without an answer it says after three seconds that it waits, and then confirms", () => {
  button("got_it").click();
  mock.timers.tick(3000);
  assert.match(note(), /^Not sent yet/);
  tell("over", { why: "signed_out" });
  assert.match(note(), /^Not sent yet/);
  tell("ack", { id: "m1" });
  assert.equal(note(), "Saved.");
  mock.timers.tick(9000);
  assert.equal(note(), "Saved.");
});

for (const [words, refuse] of [
  ["an error", () => tell("error", { id: "m1", code: "no_grant" })],
  ["the end of the sitting", () => tell("over", { why: "long" })],
]) {
  test(`after ${words} it says that it failed, and the button is not pressed any more`, () => {
    button("stuck").click();
    refuse();
    assert.match(note(), /^Not saved/);
    assert.equal(pressed("stuck"), "false");
    tell("ack", { id: "m1" });
    assert.match(note(), /^Not saved/);
  });
}

test("a report that is no longer accepted is refused at once", () => {
  id = "";
  button("stuck").click();
  assert.match(note(), /^Not saved/);
});
