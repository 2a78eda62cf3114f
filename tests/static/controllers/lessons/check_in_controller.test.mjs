// A check-in on the page: it takes no focus, may be answered in part or skipped, and closes in
// time.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { markup, open } from "../../dom.mjs";

const PAGE = `<main id="main" tabindex="-1"><input id="search">${markup("learner/_check_in.html")}</main>
<div data-announce></div>`;

let page;
let told;
let stop;

open("");
globalThis.window = new EventTarget();
globalThis.location = { protocol: "https:", host: "school.example" };
const { connect } = await import("../../../../static/js/controllers/lessons/check_in_controller.js");
const { sitting } = await import("../../../../static/js/telemetry/sitting.js");
mock.timers.enable({ apis: ["setTimeout"] });

beforeEach(() => {
  // Run the timers that the previous test left before this page is opened.
  mock.timers.tick(600_000);
  page = open(PAGE);
  told = [];
  sitting.learner.report = (label, more) => { told.push(["report", label, more]); return "m1"; };
  sitting.learner.passed = (less) => { told.push(["passed", less]); return "m2"; };
  page.addEventListener("attune:toast", ({ detail }) => told.push(["toast", detail.text]));
  stop?.abort();
  stop = new AbortController();
  connect(page.querySelector('[data-controller="lessons/check_in"]'), stop.signal);
});

const ask = (left = 180) => page.dispatchEvent(new CustomEvent("attune:check-in", { detail: { left } }));
const tell = (name, detail) => page.dispatchEvent(new CustomEvent(`attune:${name}`, { detail }));
const card = () => page.querySelector(".check-in");
const said = () => page.querySelector("[data-announce]").textContent;
const choose = (name, value) =>
  Object.assign(card().querySelector(`input[name="${name}"]`), { checked: true, value });

test("it is shown below, is announced once, and takes no focus", () => {
  page.getElementById("search").focus();
  ask();
  ask();
  assert.equal(page.querySelectorAll(".check-in").length, 1);
  assert.equal(said(), "A question is below: How is it going right now?");
  assert.equal(page.activeElement.id, "search");
});

test("selected values are sent as an answer, and nothing else", () => {
  ask();
  choose("valence", "7");
  card().querySelector("[data-check-in-say]").click();
  const noted = "Saved. Teachers do not see your answer. If you allowed it, your answer is used in research, without your name.";
  assert.deepEqual(told, [["report", null, { valence: 7, asked: true }]]);
  assert.equal(card(), null);
  tell("ack", { id: "m1" });
  assert.deepEqual(told[1], ["toast", noted]);
  ask();
  choose("feeling", "confusion");
  choose("arousal", "2");
  card().querySelector("[data-check-in-say]").click();
  assert.deepEqual(told[2], ["report", "confusion", { arousal: 2, asked: true }]);
});

test("fewer questions are promised once the server knows", () => {
  ask();
  card().querySelector('[data-check-in-pass="less"]').click();
  assert.deepEqual(told, [["passed", true]]);
  tell("ack", { id: "m2" });
  assert.match(told[1][1], /asked less often/);
});

test("without a selection nothing is sent, and the card says what is missing", () => {
  ask();
  card().querySelector("[data-check-in-say]").click();
  assert.deepEqual(told, []);
  assert.equal(card().querySelector("[data-check-in-note]").hidden, false);
  assert.match(said(), /at least one/);
});

test("it is skipped by a button or Escape, and a focus in it goes back to the page", () => {
  for (const [pass, less] of [["", false], ["less", true]]) {
    ask();
    card().querySelector(`[data-check-in-pass="${pass}"]`).click();
    assert.deepEqual(told.find(([what]) => what === "passed"), ["passed", less]);
    told.length = 0;
  }
  ask();
  const radio = card().querySelector('input[name="arousal"]');
  radio.focus();
  radio.press("Escape");
  assert.deepEqual(told, [["passed", false]]);
  assert.equal(page.activeElement.id, "main");
});

test("help that arrives meanwhile goes first, unless the question is being answered", () => {
  const help = () => page.dispatchEvent(new CustomEvent("attune:intervention", { detail: {} }));
  ask();
  card().querySelector('input[name="feeling"]').focus();
  help();
  assert.notEqual(card(), null);
  page.getElementById("search").focus();
  help();
  assert.equal(card(), null);
  assert.deepEqual(told, [["passed", false]]);
});

test("when its time is over it closes without a message to the server", () => {
  ask(60);
  mock.timers.tick(59_000);
  assert.notEqual(card(), null);
  mock.timers.tick(1_000);
  assert.equal(card(), null);
  assert.deepEqual(told, []);
});
