// The files of an answer: what is sent, what a row says, and when the page may go on.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { markup, open } from "../../dom.mjs";

const PAGE = "/attempts/1/?place=1";
const REPORT = "/attempts/1/report/";
const TOO_LARGE = "This file is larger than 10 MB. Upload a smaller one.";
const EMPTY = "This file is empty. Check it, then upload it again.";
const NAMES = ["HTMLFormElement:form", "HTMLTemplateElement:template"];
for (const [name, tag] of NAMES.map((each) => each.split(":"))) {
  globalThis[name] = { [Symbol.hasInstance]: (each) => each?.tag === tag };
}
const window = new EventTarget();
globalThis.addEventListener = window.addEventListener.bind(window);

/** Requests with a file in the order in which they began; each is answered by the test. */
let uploads, posts, pages, gone, wentOn, answers, stored, page, stop;
globalThis.XMLHttpRequest = class extends EventTarget {
  upload = new EventTarget();
  open() {}
  setRequestHeader() {}
  getResponseHeader() { return this.type; }
  send(body) { this.name = body.get("file").name; uploads.push(this); }
  abort() { this.aborted = true; this.dispatchEvent(new Event("abort")); }
  lose() { this.dispatchEvent(new Event("error")); return settle(); }
  answer(status, data, type = "application/json") {
    const responseText = typeof data === "string" ? data : JSON.stringify(data);
    Object.assign(this, { status, type, responseText });
    this.dispatchEvent(new Event("load"));
    return settle();
  }
  progress(percent) {
    const event = { loaded: percent, total: 100, lengthComputable: true };
    this.upload.dispatchEvent(Object.assign(new Event("progress"), event));
  }
};
Object.assign(globalThis, {
  location: { assign: (url) => gone.push(url) },
  history: { state: null, replaceState() {} },
  fetch: async (url, { method, body }) => {
    if (method === "GET") {
      pages.push(url);
      return answerOf(200, `<div id="files">${stored}</div><ol id="steps"></ol>`, "text/html");
    }
    posts.push(body.get("act"));
    return answers.shift()();
  },
});
function answerOf(status, text, type) {
  const answer = new Response(text, { status, headers: { "Content-Type": type } });
  return Object.defineProperties(answer, { redirected: { value: false }, url: { value: `http://x${PAGE}` } });
}
const json = (status, data) => () => answerOf(status, JSON.stringify(data), "application/json");
const { connect } = await import("../../../../static/js/controllers/exams/file_upload_controller.js");
// Loaded with the first upload; here it is there already.
await import("../../../../static/js/lib/upload_request.js");
const { unsentAnswers } = await import("../../../../static/js/lib/session/unsent_answers.js");

const FIELD = '<input type="file" id="file-1" data-several>';
const REMOVE = '<button name="act" value="remove:7" data-file="sheet.pdf" id="remove">Remove</button>';
const settle = async () => { for (let round = 0; round < 60; round += 1) await new Promise(setImmediate); };
const file = (name, size = 5) => new File([new Uint8Array(size)], name);
const rows = () => page.querySelector("[data-uploading]").children;
const words = () => rows().map((row) => row.querySelector("[data-words]").textContent);
const said = () => page.querySelector("[data-announce]").textContent;
const button = (at = 0) => rows()[at].querySelector("button");
const form = () => page.querySelector("form");
const field = () => page.querySelector("#file-1");
const press = (pressed) => form().dispatchEvent(Object.assign(new Event("submit", { cancelable: true }), { submitter: pressed }));
const isHeld = () => {
  const event = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(event);
  return event.defaultPrevented;
};

async function select(...files) {
  Object.assign(field(), { files });
  const event = new Event("change");
  Object.defineProperty(event, "target", { value: field() });
  form().dispatchEvent(event);
  await settle();
}

function show(inner) {
  stored = inner;
  page = open(`<p data-announce></p><ol id="steps"></ol><form id="answer" data-page="${PAGE}" data-over="${REPORT}"
data-most-bytes="10" data-empty="${EMPTY}" data-too-large="${TOO_LARGE}"><input name="question"><div id="files">${inner}</div>
${markup("learner/exams/_uploading.html")}<button id="go">Save and continue</button></form>`.replaceAll("\n", " "));
  page.documentElement = { dataset: {}, lang: "en" };
  Object.assign(form(), { action: "/attempts/1/files/", requestSubmit: (given) => wentOn.push(given) });
  page.querySelector("input").value = "q1";
  stop = new AbortController();
  connect(form(), stop.signal);
}
const remove = () => Object.assign(page.querySelector("#remove"), { name: "act", value: "remove:7" });
const go = () => page.querySelector("#go");
beforeEach(() => {
  [uploads, posts, pages, gone, wentOn, answers] = [[], [], [], [], [], []];
  show(FIELD);
});
afterEach(async () => { stop.abort(); await settle(); });

test("files are uploaded one after another, and the list is read after each", async () => {
  await select(file("a.pdf"), file("b.pdf"));
  assert.deepEqual(uploads.map(({ name }) => name), ["a.pdf"]);
  assert.equal(said(), "“a.pdf” is being uploaded.");
  await uploads[0].answer(200, { file: "1" });
  assert.deepEqual([uploads.length, pages.length, rows().length], [2, 1, 1]);
  await uploads[1].answer(200, { file: "2" });
  assert.equal(said(), "“b.pdf” is saved.");
  assert.ok(page.querySelector("[data-uploading]").hidden);
});

test("a too large or empty file is refused before a byte of it is sent", async () => {
  await select(file("film.mp4", 11), file("none.pdf", 0), file("ten.pdf", 10));
  assert.deepEqual(uploads.map(({ name }) => name), ["ten.pdf"]);
  assert.deepEqual(words().slice(0, 2), [`Not uploaded. ${TOO_LARGE}`, `Not uploaded. ${EMPTY}`]);
  assert.equal(unsentAnswers(), 1);
});

test("the next upload does not talk over the words of a failure", async () => {
  await select(file("film.mp4", 11), file("b.pdf"));
  assert.equal(said(), `Not uploaded. ${TOO_LARGE}`);
  await uploads[0].answer(200, { file: "1" });
  assert.equal(said(), "“b.pdf” is saved.");
});

for (const [what, status, data, type, why] of [
  ["413 of a proxy", 413, "", "text/html", `Not uploaded. ${TOO_LARGE}`],
  ["413", 413, { code: "too_large", detail: "Send less at a time." }, "application/json", `Not uploaded. ${TOO_LARGE}`],
  ["408", 408, { code: "too_slow", detail: "Check your connection." }, "application/json", "Not uploaded. Check your connection."],
  ["429", 429, { code: "too_many_uploads", detail: "Wait." }, "application/json", "Not uploaded. Wait."],
  ["503", 503, { code: "busy", detail: "In a minute." }, "application/json", "Not uploaded. In a minute."],
  ["422", 422, "This file has another format.", "text/plain", "Not uploaded. This file has another format."],
]) {
  test(`${what} says what to do`, async () => {
    await select(file("a.pdf"));
    await uploads[0].answer(status, data, type);
    assert.deepEqual(words(), [why]);
    assert.equal(button().querySelector("[data-press]").textContent, "Close");
    assert.equal(unsentAnswers(), 0);
  });
}

test("a lost connection is named, and the list shows what arrived all the same", async () => {
  await select(file("a.pdf"));
  await uploads[0].lose();
  assert.deepEqual(words(), ["Not uploaded. You are offline. Try again when you are back online."]);
  assert.deepEqual(pages, [PAGE]);
});

test("an ended session asks to sign in, and the file is sent again", async () => {
  let decide;
  page.addEventListener("attune:session-ended", ({ detail }) => Object.assign(detail, { taken: true }) && ({ decide } = detail));
  await select(file("a.pdf"));
  await uploads[0].answer(401, { code: "not_signed_in" });
  assert.equal(uploads.length, 1);
  decide("back");
  await settle();
  await uploads[1].answer(200, { file: "1" });
  assert.equal(said(), "“a.pdf” is saved.");
});

test("without signing in again, the row says so and the list is left alone", async () => {
  page.addEventListener("attune:session-ended", ({ detail }) => { detail.taken = true; detail.decide("later"); });
  await select(file("a.pdf"));
  await uploads[0].answer(401, { code: "not_signed_in" });
  assert.match(words()[0], /^Not uploaded\. You are signed out\./);
  assert.deepEqual([pages, gone], [[], []]);
});

test("a refused file shows what the server has, which another tab may have changed", async () => {
  stored = FIELD + REMOVE;
  await select(file("a.pdf"));
  await uploads[0].answer(422, "Remove it first.", "text/plain");
  assert.deepEqual(pages, [PAGE]);
  assert.ok(page.querySelector("#remove"));
});

test("an upload is cancelled only while some of it is not sent", async () => {
  await select(file("a.pdf"));
  uploads[0].progress(40);
  assert.deepEqual([words()[0], button().hidden], ["40% uploaded", false]);
  button().focus();
  uploads[0].progress(100);
  assert.deepEqual([words()[0], button().hidden], ["The file is being checked and saved.", true]);
  assert.equal(page.activeElement, rows()[0]);
  await uploads[0].answer(200, { file: "1" });
  assert.equal(page.activeElement, field());
});

test("a file that is refused after all of it was sent can be closed", async () => {
  await select(file("a.pdf"));
  uploads[0].progress(100);
  await uploads[0].answer(422, "Why.", "text/plain");
  assert.equal(button().hidden, false);
  button().click();
  assert.equal(rows().length, 0);
});

test("a cancelled upload ends its request, and one that waits is never sent", async () => {
  await select(file("a.pdf"), file("b.pdf"));
  button(1).click();
  button(0).click();
  await settle();
  assert.deepEqual([uploads.length, uploads[0].aborted, rows().length], [1, true, 0]);
  assert.equal(said(), "Upload cancelled");
  assert.equal(unsentAnswers(), 0);
});

test("only a field for several files takes several at once", () => {
  assert.equal(field().multiple, true);
  show('<input type="file" id="file-1">');
  assert.equal(field().multiple, false);
});

test("going on waits for the upload, and is asked for once however often it is pressed", async () => {
  await select(file("a.pdf"), file("b.pdf"));
  press(go());
  press(go());
  assert.equal(said(), "Wait until the upload has finished.");
  await uploads[0].answer(200, { file: "1" });
  assert.deepEqual(wentOn, []);
  await uploads[1].answer(200, { file: "2" });
  assert.deepEqual(wentOn, [go()]);
});

test("a file that fails meanwhile holds the page once, and it is said why", async () => {
  await select(file("a.pdf"), file("b.pdf"));
  press(go());
  await uploads[0].answer(422, "Why.", "text/plain");
  await uploads[1].answer(200, { file: "2" });
  assert.deepEqual(wentOn, []);
  assert.equal(said(), "“a.pdf” was not uploaded. Read why, then continue or select the file again.");
  assert.equal(page.activeElement, button());
  assert.ok(press(go()));
});

test("the failure of an earlier selection does not hold the page", async () => {
  await select(file("a.pdf"));
  await uploads[0].answer(422, "Why.", "text/plain");
  await select(file("b.pdf"));
  press(go());
  await uploads[1].answer(200, { file: "2" });
  assert.deepEqual(wentOn, [go()]);
});

test("once the test is over, files that wait do not keep the learner on the page", async () => {
  await select(file("a.pdf"), file("b.pdf"));
  press(go());
  assert.ok(isHeld());
  await uploads[0].answer(409, { code: "over" });
  assert.deepEqual([gone, isHeld(), uploads.length, wentOn], [[REPORT], false, 1, []]);
});

for (const [what, leave] of [
  ["the page is left", () => stop.abort()],
  ["the time is over", () => page.dispatchEvent(new Event("attune:time-over"))],
]) {
  test(`when ${what}, uploads end and nothing reads or submits the page`, async () => {
    await select(file("a.pdf"), file("b.pdf"));
    press(go());
    leave();
    await settle();
    assert.deepEqual([uploads.length, uploads[0].aborted, pages, wentOn, unsentAnswers()], [1, true, [], [], 0]);
    assert.equal(said(), "Wait until the upload has finished.");
  });
}

test("a failed removal names the file and what was not done, and can be closed", async () => {
  show(FIELD + REMOVE);
  answers = [json(503, { code: "busy", detail: "Try again in a minute." })];
  press(remove());
  await settle();
  assert.deepEqual(words(), ["Not changed. Try again in a minute."]);
  assert.equal(rows()[0].querySelector("[data-name]").textContent, "sheet.pdf");
  button().click();
  assert.equal(rows().length, 0);
});

test("a refused restoration shows what the server has", async () => {
  show(FIELD + REMOVE);
  answers = [() => answerOf(422, "Remove one first.", "text/plain")];
  press(remove());
  await settle();
  assert.deepEqual([words(), pages], [["Not changed. Remove one first."], [PAGE]]);
});

test("a double press on Remove removes once", async () => {
  show(FIELD + REMOVE);
  stored = FIELD;
  answers = [json(200, { file: null }), json(200, { file: null })];
  assert.equal(press(remove()), false);
  assert.equal(press(remove()), false);
  await settle();
  assert.deepEqual([posts, pages], [["remove:7"], [PAGE]]);
  assert.equal(said(), "The file is back in the list.");
});

test("the field is emptied, so the same file can be selected again", async () => {
  await select(file("a.pdf"));
  assert.equal(field().value, "");
});
