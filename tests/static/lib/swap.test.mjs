// A form that is sent by a script is sent as the browser itself would send it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { requestOf } from "../../../static/js/lib/swap.js";

/** Form data as the standard says: a picture that is a button sends where it was pressed. */
globalThis.FormData = class extends Map {
  constructor(form, submitter) {
    super(form.fields);
    if (!submitter) return;
    const { name, value, at } = submitter;
    for (const [key, own] of at ? [[`${name}.x`, at[0]], [`${name}.y`, at[1]]] : [[name, value]]) this.set(key, own);
  }
};
const form = (method) => ({ method, action: "http://x/here/", fields: [["question", "q1"]] });

test("a button sends its name and value", () => {
  const [, { method, body }] = requestOf(form("post"), { name: "act", value: "save" });
  assert.equal(method, "POST");
  assert.deepEqual([...body], [["question", "q1"], ["act", "save"]]);
});

test("a picture sends where it was pressed", () => {
  const [, { body }] = requestOf(form("post"), { name: "given", at: [12, 34] });
  assert.deepEqual([...body], [["question", "q1"], ["given.x", 12], ["given.y", 34]]);
});

test("a form that reads puts its fields into the address", () => {
  const [url, request] = requestOf(form("get"), null);
  assert.equal(url, "http://x/here/?question=q1");
  assert.deepEqual(request, { method: "GET" });
});
