// Sign-out: unsent data is sent or discarded first, then everything is deleted, after the server
// has ended the session. A session that merely expires deletes nothing.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { markup, open } from "../../dom.mjs";

const PAGE = `<main></main><form id="out" data-sign-out></form>${markup("_sign_out.html")}`;
const URL_OUT = "https://school.example/accounts/logout/";

class Drawer extends Map {
  constructor(name) { super(); this.name = name; }
  setItem(key, text) { this.set(key, text); this[key] = text; }
  getItem(key) { return this.get(key) ?? null; }
  clear() { for (const key of this.keys()) delete this[key]; super.clear(); done.push(`${this.name} cleared`); }
}

let page, done, answers, form, stop, unsent;
open("");
const Element = document.body.constructor;
Element.prototype.showModal = function () { this.open = true; };
Element.prototype.close = function () { this.open = false; this.dispatchEvent(new Event("close")); };
const named = (tag) => ({ [Symbol.hasInstance]: (each) => each?.tag === tag });
Object.assign(globalThis, {
  HTMLTemplateElement: named("template"), HTMLDialogElement: named("dialog"),
  BroadcastChannel: class { postMessage({ type }) { done.push(`told tabs ${type}`); } },
  FormData: class extends FormData {
    constructor({ fields = [] }) { super(); for (const [name, value] of fields) this.append(name, value); }
  },
  location: { replace: (url) => done.push(`go ${url}`) },
  indexedDB: {
    databases: async () => [{ name: "attune-outbox" }],
    deleteDatabase(name) {
      done.push(`${name} deleted`);
      const request = {};
      queueMicrotask(() => request.onsuccess());
      return request;
    },
  },
});
const { signOut } = await import("../../../../static/js/lib/session/sign_out.js");
const { registerUnsent } = await import("../../../../static/js/lib/session/unsent_answers.js");

beforeEach(() => {
  stop?.abort();
  page = open(PAGE);
  Object.assign(page, { documentElement: { dataset: { person: "p1" } } });
  [done, answers, unsent, stop] = [[], [204], 0, new AbortController()];
  globalThis.sessionStorage = new Drawer("tab");
  globalThis.localStorage = new Drawer("browser");
  localStorage.setItem("attune.person", "p1");
  form = Object.assign(page.querySelector("#out"), { action: URL_OUT });
  globalThis.fetch = async (url) => {
    done.push(`asked ${new URL(url, URL_OUT).pathname}`);
    const status = answers.shift();
    return new Response(status === 204 ? null : JSON.stringify({ code: "not_signed_in" }),
      { status, headers: { "Content-Type": "application/json" } });
  };
  registerUnsent({ count: () => unsent, send: async () => { done.push("sent"); unsent -= 1; } }, stop.signal);
});

const dialog = () => page.querySelector("dialog");
const press = (name) => dialog().querySelector(`[data-sign-out-${name}]`).click();
const settle = async () => { for (let n = 0; n < 5; n += 1) await new Promise((go) => setTimeout(go)); };
const LEFT = [
  "asked /accounts/logout/", "told tabs signed_out", "tab cleared", "browser cleared", "attune-outbox deleted",
  "go /accounts/login/?out=1",
];

test("with nothing unsent the session ends first, then everything in this browser is deleted", async () => {
  await signOut(form, null, stop.signal);
  assert.deepEqual(done, LEFT);
  assert.equal(dialog(), null);
});

test("after a sign-out everywhere the next page says so, but only where the server did it", async () => {
  form.fields = [["everywhere", "1"]];
  for (const [status, out] of [[204, "everywhere"], [401, "1"]]) {
    answers = [status];
    await signOut(form, null, stop.signal);
    assert.equal(done.at(-1), `go /accounts/login/?out=${out}`);
  }
  stop.abort();
});

test("unsent data is asked about, and nothing is done before the answer", async () => {
  unsent = 1;
  sessionStorage.setItem("attune.draft.talk", "half a post");
  await signOut(form, null, stop.signal);
  assert.match(dialog().textContent, /1 answer has not been sent yet\. 1 text has not been posted yet\./);
  assert.deepEqual(done, []);
  press("stay");
  await settle();
  assert.deepEqual([done, dialog()], [[], null]);
  assert.equal(sessionStorage.getItem("attune.draft.talk"), "half a post");
});

test("it is sent first if the person wants so, and what cannot be sent stays", async () => {
  unsent = 2;
  await signOut(form, null, stop.signal);
  press("send");
  await settle();
  assert.match(dialog().textContent, /Not sent yet\. Try again/);
  assert.deepEqual(done, ["sent"]);
  press("send");
  await settle();
  assert.deepEqual(done, ["sent", "sent", ...LEFT]);
});

test("it is discarded if the person says so", async () => {
  unsent = 1;
  await signOut(form, null, stop.signal);
  press("discard");
  await settle();
  assert.deepEqual(done, LEFT);
});

test("where the server does not end the session nothing is deleted", async () => {
  answers = [503];
  await signOut(form, null, stop.signal);
  assert.deepEqual(done, ["asked /accounts/logout/"]);
});

test("a sign-out pressed after the session ended still clears", async () => {
  answers = [401];
  await signOut(form, null, stop.signal);
  assert.deepEqual(done, LEFT);
});

test("a session that expires clears nothing", async () => {
  const { send } = await import("../../../../static/js/lib/send.js");
  answers = [401];
  page.addEventListener("attune:session-ended", ({ detail }) => { detail.taken = true; detail.decide("later"); });
  assert.equal((await send("/units/x/", { json: {} })).kind, "signed_out");
  assert.deepEqual(done, ["asked /units/x/"]);
  assert.equal(localStorage.getItem("attune.person"), "p1");
});

test("blocked storage does not prevent signing out", async () => {
  const closed = { configurable: true, get() { throw new DOMException("closed", "SecurityError"); } };
  Object.defineProperty(globalThis, "sessionStorage", closed);
  try {
    await signOut(form, null, stop.signal);
  } finally {
    Object.defineProperty(globalThis, "sessionStorage", { configurable: true, writable: true, value: new Drawer("tab") });
  }
  assert.equal(done[0], "asked /accounts/logout/");
  assert.equal(done.at(-1), "go /accounts/login/?out=1");
});
