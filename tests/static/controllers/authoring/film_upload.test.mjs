// The upload of a video with the served tus library, against a server on this machine.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, beforeEach, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { markup, open } from "../../dom.mjs";

const FORM = /<form class="fields" id="video".*?<\/form>/s.exec(markup("authoring/_files.html"))[0];
const MB = 1024 * 1024;
const SIZE = 9 * MB;
const FIRST = 8 * MB;

/** What the library uses of XMLHttpRequest. */
class Request {
  upload = {};
  status = 0;
  responseText = "";
  #headers = {};
  #stop = new AbortController();
  open(method, url) { Object.assign(this, { method, url }); }
  setRequestHeader(name, value) { this.#headers[name] = value; }
  getResponseHeader(name) { return this.answer.headers.get(name); }
  abort() { this.#stop.abort(); }
  async send(body) {
    sent += 1;
    try {
      const { method, url } = this;
      this.answer = await fetch(url, { method, body, headers: this.#headers, signal: this.#stop.signal });
      this.responseText = await this.answer.text();
    } catch (error) {
      if (!this.#stop.signal.aborted) this.onerror(error);
      return;
    }
    this.status = this.answer.status;
    this.onload();
  }
}

/** sent: how many requests the page has begun; `asked` names those that arrived. */
let site, sent, asked, refusals, offset, stop, events, form, notes;

/** The server: it refuses the first requests of a method as a test says, then keeps every piece. */
const server = createServer(async (request, response) => {
  let length = 0;
  try {
    for await (const bytes of request) length += bytes.length;
  } catch {
    return; // The page stopped its request.
  }
  const { method, headers } = request;
  asked.push(method === "PATCH" ? `PATCH ${headers["upload-offset"]}` : method);
  const [status, body = ""] = refusals[method]?.shift() ?? [];
  if (status) return response.writeHead(status, { "Content-Type": "application/json" }).end(body);
  const place = { Location: `${site}/film/`, "Upload-Length": SIZE };
  if (method === "GET") return response.writeHead(200, { "Content-Type": "text/html" }).end('<div id="film-status"></div>');
  if (method === "POST") offset = 0;
  if (method === "PATCH") offset += length;
  return response.writeHead(method === "POST" ? 201 : 204, { ...place, "Upload-Offset": offset }).end();
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
site = `http://127.0.0.1:${server.address().port}`;
after(() => server.close());

const storage = new Map();
Object.assign(globalThis, {
  window: globalThis,
  XMLHttpRequest: Request,
  localStorage: {
    getItem: (key) => storage.get(key) ?? null,
    setItem: (key, value) => storage.set(key, String(value)),
    removeItem: (key) => storage.delete(key),
    key: (n) => [...storage.keys()][n],
    get length() { return storage.size; },
  },
});
const { connect } = await import("../../../../static/js/controllers/authoring/film_upload_controller.js");

beforeEach(() => {
  [sent, asked, refusals, offset, notes] = [0, [], {}, 0, []];
  storage.clear();
  [stop, events] = [new AbortController(), new EventTarget()];
  globalThis.addEventListener = events.addEventListener.bind(events);
  open(`<main>${FORM}</main><p data-announce></p>`);
  document.addEventListener("attune:toast", ({ detail }) => notes.push(detail.text));
  form = document.getElementById("video");
  Object.assign(form.dataset, { create: `${site}/films/`, status: `${site}/status/` });
  form.reset = () => { part("#film").files = []; };
  choose();
  connect(form, stop.signal);
});
afterEach(() => stop.abort());

const part = (selector) => document.querySelector(selector);
const choose = () => { part("#film").files = [new File([new Uint8Array(SIZE)], "clip.mp4", { lastModified: 1 })]; };
const submit = () => form.dispatchEvent(new Event("submit", { cancelable: true }));
const words = () => part("[data-film-words]").textContent;
const asksToStay = () => !events.dispatchEvent(new Event("beforeunload", { cancelable: true }));

/** Wait until this holds, at most five seconds. */
async function until(holds) {
  for (let n = 0; n < 250 && !holds(); n += 1) await wait(20);
  assert.ok(holds(), `${holds}: ${asked.join(", ")}; ${words()}`);
}
const isDone = () => asked.includes("GET") && part("[data-film-live]").hidden;
const UPLOAD = ["POST", "PATCH 0", `PATCH ${FIRST}`, "GET"];

test("after an upload the page may be left, and a second video is uploaded", async () => {
  submit();
  await until(() => asked.length === 1);
  assert.ok(asksToStay());
  await until(isDone);
  assert.deepEqual(asked, UPLOAD);
  assert.ok(!asksToStay());

  events.dispatchEvent(new Event("online"));
  await wait(100);
  assert.deepEqual(asked, UPLOAD);

  choose();
  submit();
  await until(() => asked.length === 2 * UPLOAD.length);
  assert.deepEqual(asked, [...UPLOAD, ...UPLOAD]);
});

for (const status of [429, 503]) {
  test(`where the server says ${status}, the upload goes on where it was`, async () => {
    refusals = { PATCH: [[], [503]], HEAD: [[status]] };
    submit();
    await until(isDone);
    assert.deepEqual(asked, ["POST", "PATCH 0", `PATCH ${FIRST}`, "HEAD", "HEAD", `PATCH ${FIRST}`, "GET"]);
  });
}

test("where the session has ended, the upload asks to sign in and then goes on", async () => {
  let decide;
  document.addEventListener("attune:session-ended", ({ detail }) => {
    detail.taken = true;
    decide = detail.decide;
  });
  refusals = { PATCH: [[], [503]], HEAD: [[401]] };
  submit();
  await until(() => decide);
  assert.equal(asked.filter((each) => each === "POST").length, 1);
  decide("back");
  await until(isDone);
  assert.deepEqual(asked.slice(-3), ["HEAD", `PATCH ${FIRST}`, "GET"]);
});

test("without a new sign-in it says so, and keeps its place", async () => {
  refusals = { PATCH: [[], [503]], HEAD: [[401]] };
  submit();
  await until(() => words().startsWith("You are signed out."));
  assert.equal(storage.size, 1);
  part("[data-film-pause]").click();
  await until(isDone);
  assert.equal(asked.filter((each) => each === "POST").length, 1);
});

for (const [name, refused] of [
  ["where it asks how far it is", { PATCH: [[], [503]], HEAD: [[409]] }],
  ["at a piece", { PATCH: [[], [409, '{"code": "another_person"}']] }],
]) {
  test(`another person stops the upload ${name}`, async () => {
    let others = 0;
    document.addEventListener("attune:another-person", () => { others += 1; });
    refusals = refused;
    submit();
    await until(() => words().includes("Another person is signed in"));
    const before = sent;
    await wait(1200);
    assert.deepEqual([others, sent, storage.size], [1, before, 1]);
  });
}

test("a piece at a wrong offset is sent again from the right one", async () => {
  refusals = { PATCH: [[], [409]] };
  submit();
  await until(isDone);
  assert.deepEqual(asked, ["POST", "PATCH 0", `PATCH ${FIRST}`, "HEAD", `PATCH ${FIRST}`, "GET"]);
});

for (const status of [404, 410]) {
  test(`a part that is gone (${status}) is uploaded from the beginning`, async () => {
    refusals = { PATCH: [[], [503]], HEAD: [[status]] };
    submit();
    await until(isDone);
    assert.deepEqual(asked.slice(3), ["HEAD", ...UPLOAD]);
  });
}

test("a double press starts one upload", async () => {
  submit();
  submit();
  await until(isDone);
  await wait(100);
  assert.deepEqual(asked, UPLOAD);
});

test("an upload whose controls leave the page stops and says how to go on", async () => {
  refusals = { PATCH: [[503], [503], [503], [503]] };
  submit();
  await until(() => asked.length >= 3);
  stop.abort();
  const before = sent;
  await wait(1300);
  assert.equal(sent, before);
  assert.match(notes.join(), /Select the same file again/);
  assert.equal(storage.size, 1);
});

test("a press just before the controls leave the page starts nothing", async () => {
  submit();
  stop.abort();
  await wait(200);
  assert.deepEqual([sent, asked], [0, []]);
});
