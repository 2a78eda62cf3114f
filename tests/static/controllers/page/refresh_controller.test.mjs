// A part that a worker is about to update is requested until it no longer waits.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { open } from "../../dom.mjs";

const page = (part) => `<main><button id="elsewhere"></button>${part}</main><div data-announce></div>`;
const waiting = (more = "", inner = "") => `<section id="part" data-waits="true"${more}><p data-say>Not yet</p>${inner}</section>`;
const done = '<section id="part"><p data-say tabindex="-1">There it is</p></section>';
const LONG = ' data-every="2" data-from="/replays/1/"';

const { connect } = await import("../../../../static/js/controllers/page/refresh_controller.js");
let asked;
let answers;
let stop;

globalThis.location = { href: "https://school.example/journey/" };
mock.timers.enable({ apis: ["setTimeout"] });

beforeEach(() => {
  stop = new AbortController();
  [asked, answers] = [[], []];
  globalThis.fetch = async (url, { signal }) => {
    asked.push(url);
    const html = answers.shift();
    if (html === undefined || signal?.aborted) throw new TypeError("offline");
    const page = new Response(html, { headers: { "Content-Type": "text/html" } });
    return Object.defineProperty(page, "url", { value: `http://x${url}` });
  };
});

const part = () => document.getElementById("part");
const attach = () => connect(part(), stop.signal);
const said = () => document.querySelector("[data-announce]").textContent;

/** Let these seconds pass and answer the requests. */
async function pass(seconds) {
  for (let n = 0; n < seconds; n += 1) {
    mock.timers.tick(1000);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }
}

test("short work is requested a few times, at growing intervals, from the page itself", async () => {
  open(page(waiting()));
  attach();
  await pass(60);

  assert.deepEqual(asked, Array(4).fill(location.href));
  assert.equal(said(), "");
});

test("new content is put in place and announced once", async () => {
  open(page(waiting()));
  answers = [page(waiting()), page(done)];
  attach();
  await pass(60);

  assert.equal(asked.length, 2);
  assert.equal(part().textContent, "There it is");
  assert.equal(said(), "There it is");
});

test("a part that does not wait is left alone", async () => {
  open(page(done));
  attach();
  await pass(20);

  assert.deepEqual(asked, []);
});

test("long work is requested at its own address as long as the part is on the page", async () => {
  open(page(waiting(LONG)));
  attach();
  await pass(61);
  assert.equal(asked.length, 30);
  assert.equal(asked[0], "/replays/1/");

  stop.abort();
  await pass(20);
  assert.equal(asked.length, 30);
});

test("a hidden page requests nothing", async () => {
  open(page(waiting(LONG)));
  document.hidden = true;
  attach();
  await pass(20);
  assert.deepEqual(asked, []);

  document.hidden = false;
  await pass(2);
  assert.equal(asked.length, 1);
});

test("the focus stays on the same element, or goes to the new content", async () => {
  const cancel = '<button id="cancel"></button>';
  open(page(waiting(LONG, cancel)));
  document.getElementById("cancel").focus();
  answers = [waiting(LONG, cancel)];
  attach();
  await pass(2);
  assert.equal(document.activeElement, document.getElementById("cancel"));
  assert.ok(document.activeElement.isConnected);

  answers = [done];
  stop.abort();
  stop = new AbortController();
  attach();
  await pass(2);
  assert.equal(document.activeElement.textContent, "There it is");
});

test("a focus elsewhere is not taken", async () => {
  open(page(waiting(LONG)));
  document.getElementById("elsewhere").focus();
  answers = [done];
  attach();
  await pass(2);

  assert.equal(document.activeElement.id, "elsewhere");
  assert.equal(said(), "There it is");
});
