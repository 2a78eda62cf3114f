// The modules for an ended session and a sign-out in another tab are loaded when needed. Where that
// fails, the page is left anyway, and they are loaded again the next time.
import assert from "node:assert/strict";
import { register } from "node:module";
import { afterEach, beforeEach, test } from "node:test";
import { markup, open } from "../../dom.mjs";

/** 1 while there is no connection: the modules that are loaded late then fail. */
const offline = new Int32Array(new SharedArrayBuffer(4));
const hooks = `
  let offline;
  export const initialize = (given) => { offline = given; };
  export function resolve(specifier, context, next) {
    if (Atomics.load(offline, 0) && /lib\\/|own_storage/.test(specifier)) throw new TypeError("offline");
    return next(specifier, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: offline });

let channel, gone, stop, page;
open("");
const Element = document.body.constructor;
Element.prototype.showModal = function () { this.open = true; };
const named = (tag) => ({ [Symbol.hasInstance]: (each) => each?.tag === tag });
Object.assign(globalThis, {
  HTMLTemplateElement: named("template"), HTMLDialogElement: named("dialog"), HTMLFormElement: named("form"),
  BroadcastChannel: class { constructor() { channel = this; } close() { this.closed = true; } },
  location: { replace: (url) => gone.push(url), reload: () => gone.push("reload") },
  sessionStorage: { getItem: () => null, clear() {} }, localStorage: { clear() {} },
  addEventListener() {},
});
const { connect } = await import("../../../../static/js/controllers/session/session_controller.js");

const settle = () => new Promise((go) => setTimeout(go, 50));
const tell = async (name, detail) => {
  page.dispatchEvent(new CustomEvent(name, { detail }));
  await settle();
};
const hear = async (type) => {
  if (!channel.closed) channel.onmessage({ data: { type } });
  await settle();
};

beforeEach(() => {
  Atomics.store(offline, 0, 1);
  [gone, stop] = [[], new AbortController()];
  page = open(markup("_sign_in_again.html"));
  connect(page.body.children.find(({ tag }) => tag === "template"), stop.signal);
});
afterEach(() => stop.abort());

test("a sign-out in another tab leaves the page, also without a connection", async () => {
  await hear("signed_in");
  assert.deepEqual(gone, []);
  await hear("signed_out");
  assert.deepEqual(gone, ["/accounts/login/"]);
});

test("a page that signs out ignores its own message and follows the sign-out", async () => {
  await tell("attune:leaving");
  await hear("signed_out");
  assert.deepEqual(gone, []);
});

test("a page is reloaded for another person where nothing can be shown", async () => {
  await tell("attune:another-person");
  assert.deepEqual(gone, ["reload"]);
});

test("an ended session waits while there is no connection, and is handled with the next one", async () => {
  const decisions = [];
  const detail = { decide: (decision) => decisions.push(decision), taken: false };
  await tell("attune:session-ended", detail);
  assert.deepEqual([decisions, detail.taken, page.querySelector("dialog")], [["later"], true, null]);
  Atomics.store(offline, 0, 0);
  await tell("attune:session-ended", detail);
  assert.ok(page.querySelector("dialog").open);
  assert.deepEqual(decisions, ["later"]);
  Atomics.store(offline, 0, 1);
  await hear("signed_out");
  assert.deepEqual(gone, ["/accounts/login/"]);
});

test("typing without a connection breaks nothing", async () => {
  const broken = [];
  const note = (why) => broken.push(why);
  process.on("unhandledRejection", note);
  await tell("input");
  process.off("unhandledRejection", note);
  assert.deepEqual(broken, []);
});
