// Answers given offline are sent once each, in order, when the line is back.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { open, Page } from "../dom.mjs";

let [page, sent, toasts, line, heard] = [];
globalThis.addEventListener = (name, act) => { heard[name] = act; };
heard = {};
globalThis.location = { href: "http://x/units/1/", origin: "http://x" };
globalThis.DOMParser = class { parseFromString() { return new Page("<main></main>"); } };
page = open("");
// The module listens to the page on which it was loaded.
const loaded = page;
const { ReplyQueue, replies } = await import("../../../static/js/lib/reply_queue.js");

const settle = async () => { for (let round = 0; round < 20; round += 1) await turn(); };
const note = (form) => form.querySelector("[data-problem]")?.textContent ?? "";
const reply = (form, given) => {
  const body = new FormData();
  body.set("given", given);
  return { form, url: "http://x/answer/", request: { method: "POST", body } };
};

beforeEach(() => {
  page = open('<form id="a" data-swap="a"></form><form id="b" data-swap="b"></form>');
  [sent, toasts, line] = [[], [], () => { throw new TypeError("offline"); }];
  page.addEventListener("attune:toast", ({ detail }) => toasts.push(detail.text));
  mock.method(globalThis, "fetch", async (url, { body }) => {
    const answer = line();
    sent.push(body.get("given"));
    return answer;
  });
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});
const ok = () => ({ ok: true, status: 200, url: "http://x/units/1/", headers: new Headers({ "Content-Type": "text/html" }), text: async () => "" });
const status = (code) => () => ({ ...ok(), ok: false, status: code });

test("answers wait offline, and are sent in the order in which they were given", async () => {
  const queue = new ReplyQueue();
  const [a, b] = ["a", "b"].map((id) => page.getElementById(id));
  queue.add(reply(a, "first"));
  queue.add(reply(b, "second"));
  queue.add(reply(a, "third"));
  assert.match(note(a), /kept on this page/);
  mock.timers.tick(10_000);
  await settle();
  assert.deepEqual([sent, queue.count], [[], 2]);
  line = ok;
  mock.timers.tick(10_000);
  await settle();
  assert.deepEqual([sent, queue.count], [["second", "third"], 0]);
  assert.deepEqual(toasts, ["You are back online. What you answered was sent."]);
  mock.timers.tick(60_000);
  await settle();
  assert.equal(sent.length, 2);
});

test("a call while one is running sends nothing twice", async () => {
  const queue = new ReplyQueue();
  queue.add(reply(page.getElementById("a"), "once"));
  line = ok;
  queue.send();
  queue.send();
  await settle();
  assert.deepEqual(sent, ["once"]);
});

test("the server's refusal ends the wait with its reason, and a broken server does not", async () => {
  const queue = new ReplyQueue();
  queue.add(reply(page.getElementById("a"), "x"));
  const form = page.getElementById("a");
  for (const [code, left] of [[503, 1], [429, 1], [404, 0]]) {
    line = status(code);
    queue.send();
    await settle();
    assert.equal(queue.count, left, String(code));
  }
  assert.equal(note(form), "An answer was not saved. This is no longer possible. Reload the page.");
});

test("a server that fails at one answer again and again does not hold up the next", async () => {
  const queue = new ReplyQueue();
  const [a, b] = ["a", "b"].map((id) => page.getElementById(id));
  queue.add(reply(a, "first"));
  queue.add(reply(b, "second"));
  line = () => (sent.filter((each) => each === "first").length < 6 ? status(500)() : ok());
  for (let n = 0; n < 5; n += 1) {
    queue.send();
    await settle();
  }
  assert.equal(queue.count, 2);
  queue.send();
  await settle();
  assert.deepEqual([sent.at(-1), queue.count], ["second", 0]);
  assert.match(note(a), /^An answer was not saved/);
});

test("while another person is signed in nothing is sent again", async () => {
  const queue = new ReplyQueue();
  queue.add(reply(page.getElementById("a"), "x"));
  line = () => ({ ...ok(), ok: false, status: 409, headers: new Headers({ "Content-Type": "application/json" }), text: async () => '{"code": "another_person"}' });
  queue.send();
  await settle();
  mock.timers.tick(60_000);
  await settle();
  assert.deepEqual([sent, queue.count], [["x"], 1]);
  line = ok;
  queue.send();
  await settle();
  assert.deepEqual([sent, queue.count], [["x", "x"], 0]);
});

test("at a sign-out that was confirmed the answers are discarded", async () => {
  replies.add(reply(page.getElementById("a"), "x"));
  loaded.dispatchEvent(new Event("attune:leaving"));
  line = ok;
  mock.timers.tick(60_000);
  await settle();
  assert.deepEqual([sent, replies.count], [[], 0]);
});

test("leaving the page asks first while an answer waits", () => {
  let asked = 0;
  const leave = () => heard.beforeunload({ preventDefault: () => { asked += 1; } });
  leave();
  replies.add(reply(page.getElementById("a"), "x"));
  leave();
  assert.equal(asked, 1);
});
