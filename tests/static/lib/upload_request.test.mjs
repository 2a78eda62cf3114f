// A request with progress rejects, ends and answers as fetch does.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fetchWithProgress } from "../../../static/js/lib/upload_request.js";

let request;
beforeEach(() => {
  globalThis.XMLHttpRequest = class extends EventTarget {
    upload = new EventTarget();
    headers = {};
    constructor() { super(); request = this; }
    open(...line) { this.line = line; }
    setRequestHeader(name, value) { this.headers[name] = value; }
    getResponseHeader() { return this.type ?? null; }
    send(body) { this.body = body; }
    abort() { this.dispatchEvent(new Event("abort")); }
    answer(status, type, text = "") {
      Object.assign(this, { status, type, responseText: text });
      this.dispatchEvent(new Event("load"));
    }
    progress(loaded, total) {
      this.upload.dispatchEvent(Object.assign(new Event("progress"), { loaded, total, lengthComputable: total > 0 }));
    }
  };
});

test("it sends method, headers and body, and answers with status, type and text", async () => {
  const answer = fetchWithProgress("/files/", { method: "POST", headers: { Accept: "application/json" }, body: "b" }, () => {});
  assert.deepEqual([request.line, request.headers, request.body], [["POST", "/files/"], { Accept: "application/json" }, "b"]);
  request.answer(422, "text/plain", "why");
  const { status, headers } = await answer;
  assert.deepEqual([status, headers.get("Content-Type"), await (await answer).text()], [422, "text/plain", "why"]);
});

test("an answer without content has none", async () => {
  const answer = fetchWithProgress("/files/", {}, () => {});
  request.answer(204, null);
  assert.equal(await (await answer).text(), "");
});

test("progress is a whole percentage, and 100 only when all was sent", async () => {
  const seen = [];
  const answer = fetchWithProgress("/files/", {}, (percent) => seen.push(percent));
  for (const [loaded, total] of [[0, 300], [100, 300], [299, 300], [5, 0], [300, 300]]) request.progress(loaded, total);
  request.answer(200, "application/json", "{}");
  await answer;
  assert.deepEqual(seen, [0, 33, 99, 100]);
});

test("a lost connection and a cancelled request reject", async () => {
  const lost = fetchWithProgress("/files/", {}, () => {});
  request.dispatchEvent(new Event("error"));
  await assert.rejects(lost, TypeError);
  const stop = new AbortController();
  const cancelled = fetchWithProgress("/files/", { signal: stop.signal }, () => {});
  stop.abort();
  await assert.rejects(cancelled);
});

test("nothing is sent once the signal has ended", async () => {
  request = undefined;
  await assert.rejects(fetchWithProgress("/files/", { signal: AbortSignal.abort() }, () => {}));
  assert.equal(request.body, undefined);
});
