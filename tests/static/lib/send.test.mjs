// The way to the server: how a script interprets each answer, and what it repeats.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { send, trouble } from "../../../static/js/lib/send.js";
import { askSession, signInAgain } from "../../../static/js/lib/session/session.js";

const PERSON = "a1b2c3";
const json = (status, data, more = {}) => answer(status, "application/json", JSON.stringify(data), more);
const html = (status, text = "<p>", more = {}) => answer(status, "text/html; charset=utf-8", text, more);
function answer(status, type, text, { redirected = false, url = "http://x/here/" } = {}) {
  const body = [204, 304].includes(status) ? null : text;
  return Object.defineProperties(new Response(body, { status, headers: type ? { "Content-Type": type } : {} }), {
    redirected: { value: redirected }, url: { value: url },
  });
}
const ENDED = () => json(401, { code: "not_signed_in" });
const STALE = () => json(403, { code: "stale_token" });
const SESSION = (person = PERSON) => json(200, { person, token: "fresh" });

/** Requests as they were sent; answers in the order they are needed. */
let asked, answers, page, decision;
beforeEach(() => {
  [asked, answers, decision] = [[], [], "later"];
  page = new EventTarget();
  Object.assign(page, {
    cookie: "csrftoken=now", documentElement: { dataset: { person: PERSON } }, querySelectorAll: () => [],
  });
  page.addEventListener("attune:session-ended", ({ detail }) => {
    detail.taken = true;
    asked.push({ dialogue: true });
    detail.decide(decision);
  });
  Object.assign(globalThis, {
    document: page,
    DOMParser: class { parseFromString(text) { return { text }; } },
    fetch: async (url, { headers, body, method }) => {
      asked.push({ url, headers, body, method });
      const next = answers.shift();
      if (next instanceof Error) throw next;
      return next();
    },
  });
});
const urls = () => asked.map(({ url, dialogue }) => (dialogue ? "dialogue" : url));

for (const [words, given, expects, kind] of [
  ["204", () => answer(204), "nothing", "done"],
  ["204 that says it is HTML, as Django's does", () => html(204), "nothing", "done"],
  ["JSON", () => json(200, { a: 1 }), "json", "done"],
  ["a page", () => html(200), "page", "done"],
  ["a page after a redirect, where a page is wanted", () => html(200, "", { redirected: true }), "page", "done"],
  ["a page where nothing is wanted", () => html(200), "nothing", "broken"],
  ["a page where JSON is wanted", () => html(200), "json", "broken"],
  ["a redirect followed to 204", () => answer(204, "", "", { redirected: true }), "nothing", "broken"],
  ["the sign-in page in place of a part", () => html(200, "", { redirected: true, url: "http://x/accounts/login/?next=/a" }), "page", "broken"],
  ["the second factor in place of a part", () => html(200, "", { redirected: true, url: "http://x/accounts/factor/" }), "page", "broken"],
  ["no content where JSON is wanted", () => answer(204), "json", "broken"],
  ["JSON that is none", () => answer(200, "application/json", "<p>"), "json", "broken"],
  ["409", () => json(409, { code: "stale_stamp" }), "json", "conflict"],
  ["412", () => json(412, {}), "json", "conflict"],
  ["422", () => html(422), "page", "invalid"],
  ["403 of another meaning", () => html(403), "page", "refused"],
  ["403 from another site", () => json(403, { code: "cross_site" }), "json", "refused"],
  ["401 of a proxy", () => html(401), "page", "refused"],
  ["429", () => json(429, {}), "json", "wait"],
  ["413", () => json(413, { code: "too_large" }), "json", "invalid"],
  ["408 of a slow upload", () => json(408, { code: "too_slow" }), "json", "wait"],
  ["503 of a busy site", () => json(503, { code: "busy" }), "json", "wait"],
  ["503 without keys", () => json(503, { code: "keys_unavailable" }), "json", "wait"],
  ["503 without files", () => json(503, { code: "files_unavailable" }), "json", "wait"],
  ["503 of a proxy", () => html(503), "json", "broken"],
  ["500", () => html(500), "page", "broken"],
]) {
  test(`${words}: ${kind}`, async () => {
    answers = [given];
    assert.equal((await send("/a/", { expects, method: "POST" })).kind, kind);
    assert.deepEqual(urls(), ["/a/"]);
  });
}

test("an ended session asks to sign in, and the request is repeated once with the new token", async () => {
  answers = [ENDED, () => answer(204)];
  decision = "back";
  page.addEventListener("attune:session-ended", () => { page.cookie = "csrftoken=later"; });
  const body = new FormData();
  body.set("csrfmiddlewaretoken", "of the form");
  assert.equal((await send("/a/", { body })).kind, "done");
  assert.deepEqual(urls(), ["/a/", "dialogue", "/a/"]);
  assert.equal(asked[2].headers["X-CSRFToken"], "later");
  assert.equal(asked[0].body.has("csrfmiddlewaretoken"), false);
});

test("without a new sign-in there is no second request, and a message says so", async () => {
  answers = [ENDED];
  const outcome = await send("/a/", { json: { a: 1 } });
  assert.equal(outcome.kind, "signed_out");
  assert.match(trouble(outcome), /Sign in again/);
  assert.deepEqual(urls(), ["/a/", "dialogue"]);
});

test("a session that ends twice is asked about once", async () => {
  answers = [ENDED, ENDED];
  decision = "back";
  assert.equal((await send("/a/", { json: {} })).kind, "signed_out");
  assert.deepEqual(urls(), ["/a/", "dialogue", "/a/"]);
});

test("a quiet request opens the dialogue, does not wait, and not again after Not now", async () => {
  answers = [ENDED, ENDED, ENDED, () => answer(204)];
  decision = "later";
  assert.equal((await send("/poll/", { quiet: true })).kind, "signed_out");
  await send("/poll/", { quiet: true });
  assert.equal(urls().filter((url) => url === "dialogue").length, 1);
  decision = "back";
  assert.equal((await send("/pressed/", { json: {} })).kind, "done");
  assert.equal(urls().filter((url) => url === "dialogue").length, 2);
});

test("a stale token is renewed and the request repeated once", async () => {
  answers = [STALE, SESSION, () => answer(204)];
  assert.equal((await send("/a/", { json: {} })).kind, "done");
  assert.deepEqual(urls(), ["/a/", "/accounts/session/", "/a/"]);
});

test("a token that stays stale ends there", async () => {
  answers = [STALE, SESSION, STALE];
  assert.equal((await send("/a/", { json: {} })).kind, "stale");
  assert.equal(asked.length, 3);
});

test("a stale token of an ended session asks to sign in", async () => {
  answers = [STALE, ENDED];
  assert.equal((await send("/a/", { json: {} })).kind, "signed_out");
  assert.deepEqual(urls(), ["/a/", "/accounts/session/", "dialogue"]);
});

for (const [words, given] of [
  ["by the server", [() => json(409, { code: "another_person" })]],
  ["by the mark", [STALE, () => SESSION("ffffff")]],
]) {
  test(`another person, known ${words}: nothing is repeated and the page is notified`, async () => {
    let told = 0;
    page.addEventListener("attune:another-person", () => { told += 1; });
    answers = [...given];
    assert.equal((await send("/a/", { json: {} })).kind, "another_person");
    assert.equal(told, 1);
    assert.equal(urls().filter((url) => url === "/a/").length, 1);
  });
}

test("no connection: idempotent requests are sent twice, and nothing else", async () => {
  const lost = () => new TypeError("Failed to fetch");
  answers = [lost(), () => json(200, {})];
  assert.equal((await send("/a/", { expects: "json" })).kind, "done");
  answers = [lost()];
  const outcome = await send("/a/", { json: {}, expects: "json" });
  assert.deepEqual([outcome.kind, asked.length], ["offline", 3]);
  assert.match(trouble(outcome), /You are offline/);
});

test("a missing answer says that the data may be stored", async () => {
  globalThis.fetch = (_url, { signal }) => new Promise((_done, fail) => {
    signal.addEventListener("abort", () => fail(new DOMException("late", "AbortError")));
  });
  const outcome = await send("/a/", { json: {}, timeoutMs: 5 });
  assert.equal(outcome.kind, "timeout");
  assert.match(trouble(outcome), /whether it was saved/);
});

test("each request names the page's person; the server's message goes before ours", async () => {
  answers = [() => json(409, { code: "x", detail: "Two tabs." })];
  const outcome = await send("/a/", { json: {}, expects: "json" });
  assert.equal(asked[0].headers["X-Attune-Person"], PERSON);
  assert.equal(trouble(outcome), "Two tabs.");
});

test("a site without its keys says so in its own words", async () => {
  answers = [() => json(503, { code: "keys_unavailable", detail: "The keys cannot be reached." })];
  assert.equal(trouble(await send("/a/", { json: {} })), "The keys cannot be reached.");
});

test("a page without the dialogue does not wait for one", async () => {
  document = new EventTarget();
  assert.equal(await signInAgain(), "later");
});

test("the new token goes into the forms of the page", async () => {
  const fields = [{ value: "old", setAttribute(_name, value) { this.value = value; } }];
  page.querySelectorAll = () => fields;
  answers = [SESSION];
  assert.equal(await askSession(), "same");
  assert.equal(fields[0].value, "fresh");
});
