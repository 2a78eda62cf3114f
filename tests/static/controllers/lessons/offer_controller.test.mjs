// The offer on the page: below the text, with its reasons, answered by keyboard, withdrawn.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { markup, open } from "../../dom.mjs";

const PAGE = `<main id="main" tabindex="-1"><input id="search"><section id="question" data-question="q1"></section>
${markup("_offer.html")}</main><div data-announce></div>`;
const GUESS = { text: "Often goes with confusion, 58–71% likely.", low: 0.58, high: 0.71, threshold: 0.55 };

let page;
let told;
let asked;
let toasts;
let stop;

open("");
globalThis.window = new EventTarget();
globalThis.location = { protocol: "https:", host: "school.example", assign: (url) => asked.push(["go", url]) };
const { connect } = await import("../../../../static/js/controllers/lessons/offer_controller.js");
const { sitting } = await import("../../../../static/js/telemetry/sitting.js");

beforeEach(() => {
  page = open(PAGE);
  [told, asked, toasts] = [[], [], []];
  sitting.learner.outcome = (code, outcome) => told.push([code, outcome]);
  globalThis.fetch = async (url, { body }) => {
    asked.push([url, body.get("do")]);
    return new Response(null, { status: 204 });
  };
  page.addEventListener("attune:toast", ({ detail }) => toasts.push(detail));
  stop?.abort();
  stop = new AbortController();
  connect(page.querySelector("[data-controller=\"lessons/offer\"]"), stop.signal);
});

const tell = (name, detail) => page.dispatchEvent(new CustomEvent(name, { detail }));
const card = () => page.querySelector(".offer");
const button = (selector) => card().querySelector(selector);
const settle = () => new Promise((done) => setImmediate(done));

function show({ why, ...more } = {}) {
  tell("attune:intervention", {
    code: "c1", kind: "hint", heading: "Want a hint?", text: "Two answers were not right.",
    question: "q1", jump: null, url: null, pace: 0, rests: false, cue: false,
    actions: [{ outcome: "accepted", label: "Show a hint" }, { outcome: "never", label: "Not for this question" }],
    why: { course: ["Two answers were not right."], said: [], estimated: [GUESS], missing: [], because: [],
      rule: "Rule “Stuck”, version 1.", waits: "It waits.", probability: "Always.", predictor: "", digest: "", ...why },
    ...more,
  });
}

test("it is shown below with its text, is announced, and takes no focus", () => {
  page.getElementById("search").focus();
  show();

  assert.equal(card().querySelector("h2").textContent, "Want a hint?");
  assert.equal(button('[data-offer-act="accepted"]').textContent, "Show a hint");
  assert.equal(button('[data-offer-act="never"]').textContent, "Not for this question");
  assert.equal(page.querySelector("[data-announce]").textContent, "New suggestion below: Want a hint?");
  assert.equal(page.activeElement.id, "search");
  assert.deepEqual(told, [["c1", "shown"]]);
});

test("a repeated offer is shown once; another one replaces it", () => {
  show();
  show();
  assert.deepEqual(told, [["c1", "shown"]]);

  show({ code: "c2", heading: "Want a break?" });
  assert.equal(page.querySelectorAll(".offer").length, 1);
  assert.equal(card().querySelector("h2").textContent, "Want a break?");
});

test("without interruptions it is shown when the video pauses, and not before", () => {
  const video = Object.assign(page.createElement("video"), { paused: false });
  page.getElementById("main").append(video);
  page.querySelector("[data-controller=\"lessons/offer\"]").dataset.quiet = "true";

  show();
  assert.equal(card(), null);
  assert.deepEqual(told, []);

  video.paused = true;
  video.dispatchEvent(new Event("pause"));
  assert.equal(card().querySelector("h2").textContent, "Want a hint?");
  assert.deepEqual(told, [["c1", "shown"]]);
});

test("help for a question that is no longer open is not shown", () => {
  show({ question: "q0" });

  assert.equal(card(), null);
  assert.deepEqual(told, []);
});

for (const [act, words] of [["later", "OK, later. It may come up again after a while."], ["never", "You will not see this here again."]]) {
  test(`${act} dismisses it, says so, and can be undone`, async () => {
    show();
    button(`[data-offer-act="${act}"]`).focus();
    button(`[data-offer-act="${act}"]`).click();

    assert.equal(card(), null);
    assert.deepEqual(told.at(-1), ["c1", act]);
    assert.equal(toasts[0].text, words);
    assert.equal(page.activeElement.id, "main", "the focus went with the card");

    toasts[0].action.act();
    await settle();
    assert.deepEqual(asked, [["/offers/c1/", "undo"]]);
  });
}

test("Escape inside it means later; outside it means nothing", () => {
  show();
  page.getElementById("search").press("Escape");
  assert.notEqual(card(), null);
  button("[data-offer-why]").press("Enter");
  assert.notEqual(card(), null);

  button("[data-offer-why]").press("Escape");
  assert.equal(card(), null);
  assert.deepEqual(told.at(-1), ["c1", "later"]);
});

test("dismissed from elsewhere it leaves the focus where it is", () => {
  show();
  page.getElementById("search").focus();
  button('[data-offer-act="later"]').click();

  assert.equal(page.activeElement.id, "search");
});

test("the reasons open and close, and list actions before estimates", () => {
  show();
  const why = card().querySelector(".why");
  assert.equal(why.hidden, true);

  button("[data-offer-why]").click();
  assert.equal(why.hidden, false);
  assert.equal(button("[data-offer-why]").getAttribute("aria-expanded"), "true");
  const text = why.textContent;
  assert.ok(text.indexOf("Two answers were not right.") < text.indexOf("58–71% likely"));
  const band = why.querySelector("svg[role=\"img\"]");
  assert.equal(band.getAttribute("aria-label"), "Estimate: 58 to 71 percent, on a scale from 0 to 100");

  button("[data-offer-why]").click();
  assert.equal(why.hidden, true);
  assert.equal(button("[data-offer-why]").getAttribute("aria-expanded"), "false");
});

test("an estimate can be objected to only where one was used", () => {
  const hidden = () => card().querySelectorAll("[data-offer-say]").map((each) => each.hidden);
  show();
  assert.deepEqual(hidden(), [false, false]);

  show({ code: "c2", why: { estimated: [] } });
  assert.deepEqual(hidden(), [true, true]);
  assert.ok(card().textContent.includes("Nothing was estimated."));
});

for (const [word, back] of [["wrong", "undo"], ["off", "on"]]) {
  test(`"${word}" is sent to the server, removes the offer, and is undone by "${back}"`, async () => {
    show();
    button(`[data-offer-say="${word}"]`).click();
    await settle();
    assert.deepEqual(asked, [["/offers/c1/", word]]);
    assert.equal(card(), null);

    toasts[0].action.act();
    await settle();
    assert.deepEqual(asked[1], ["/offers/c1/", back]);
  });
}

test("without a connection an objection leaves the offer and says so", async () => {
  show();
  globalThis.fetch = async () => { throw new TypeError("offline"); };
  button('[data-offer-say="wrong"]').click();
  await settle();

  assert.notEqual(card(), null);
  assert.equal(toasts[0].text, "Not changed. You are offline. Try again when you are back online.");
});

test("an undo that comes too late says why", async () => {
  show();
  globalThis.fetch = async () => new Response("", { status: 409 });
  button('[data-offer-act="later"]').click();
  toasts[0].action.act();
  await settle();

  assert.equal(toasts[1].text, "You can no longer undo this: it was more than ten minutes ago.");
});

test("accepting opens the hint, the part, the page, or a break", () => {
  const came = [];
  for (const name of ["attune:open-hint", "attune:seek"]) {
    page.addEventListener(name, ({ detail }) => came.push([name, detail]));
  }
  const take = (more) => { show(more); button('[data-offer-act="accepted"]').click(); };

  take({ code: "a" });
  take({ code: "b", kind: "worked_step" });
  take({ code: "c", kind: "jump_back", jump: [32, 34] });
  take({ code: "d", kind: "challenge", url: "/units/1/" });

  assert.deepEqual(came, [
    ["attune:open-hint", { open: "" }],
    ["attune:open-hint", { open: "b" }],
    ["attune:seek", { seconds: 32, until: 34, play: true }],
  ]);
  assert.deepEqual(asked, [["go", "/units/1/"]]);
  assert.deepEqual(told.filter(([, outcome]) => outcome === "accepted").map(([code]) => code), ["a", "b", "c", "d"]);
});

test("another page is opened in place where the lesson can do that", () => {
  const visits = [];
  page.addEventListener("attune:visit", (event) => { event.preventDefault(); visits.push(event.detail.url); });
  show({ kind: "challenge", url: "/units/1/" });
  button('[data-offer-act="accepted"]').click();
  assert.deepEqual([visits, asked], [["/units/1/"], []]);
});

test("during a break nothing is sensed until the learner continues", () => {
  const sensing = [];
  Object.assign(sitting.pauses, { pause: () => sensing.push("pause"), resume: () => sensing.push("resume") });
  show({ kind: "break", rests: true });
  button('[data-offer-act="accepted"]').click();
  assert.deepEqual(sensing, ["pause"]);

  toasts[0].action.act();
  assert.deepEqual(sensing, ["pause", "resume"]);
});

test("a mere sign that help is available unfolds on request, and only then has the focus", () => {
  page.getElementById("search").focus();
  show({ cue: true });
  const cue = button(".offer-cue");
  assert.equal(cue.textContent, "Help is ready: Want a hint?");
  assert.equal(card().querySelector(".offer-top").hidden, true);
  assert.equal(page.querySelector("[data-announce]").textContent, "");
  assert.equal(page.activeElement.id, "search");

  cue.click();
  assert.equal(card().querySelector(".offer-top").hidden, false);
  assert.equal(page.activeElement.dataset.offerAct, "accepted");
});

test("an offer from data that was just switched off is removed; one from actions stays", () => {
  show({ why: { estimated: [] } });
  tell("attune:consent", { granted: false });
  assert.notEqual(card(), null);

  show({ code: "c2" });
  tell("attune:consent", { granted: true });
  assert.notEqual(card(), null);
  tell("attune:consent", { granted: false });
  assert.equal(card(), null);
  assert.equal(page.querySelector("[data-announce]").textContent, "The suggestion was withdrawn because it no longer fits.");
});

test("help for a question that is correct by now is removed; while it is not, it stays", () => {
  show();
  tell("attune:swapped");
  assert.notEqual(card(), null);

  const next = page.createElement("a");
  next.setAttribute("data-next", "");
  page.getElementById("main").append(next);
  tell("attune:swapped");
  assert.equal(card(), null);
});

test("an offer about the level stays when the question is correct", () => {
  show({ kind: "adjust" });
  const next = page.createElement("a");
  next.setAttribute("data-next", "");
  page.getElementById("main").append(next);
  tell("attune:swapped");

  assert.notEqual(card(), null);
});

test("a page that was left receives nothing more", () => {
  stop.abort();
  show();

  assert.equal(card(), null);
});

test("accepting another pace asks the player for it, and dismissing it does not", () => {
  const steps = [];
  page.addEventListener("attune:pace", ({ detail }) => steps.push(detail.steps), { signal: stop.signal });
  show({ kind: "message", question: null, pace: -1 });
  button('[data-offer-act="never"]').click();
  assert.deepEqual(steps, []);

  show({ code: "c2", kind: "message", question: null, pace: -1 });
  button('[data-offer-act="accepted"]').click();
  assert.deepEqual(steps, [-1]);
  assert.equal(told.at(-1)[1], "accepted");
});
