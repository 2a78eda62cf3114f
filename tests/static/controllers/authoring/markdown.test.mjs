/** The marks that the buttons above a text write, and remove again. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { edit } from "../../../../static/js/controllers/authoring/markdown_controller.js";

/** Apply a mark to "a [b] c", where brackets stand for the selection. */
function after(mark, shown) {
  const start = shown.indexOf("[");
  const text = shown.replace("[", "").replace("]", "");
  const change = edit(mark, { text, start, end: shown.indexOf("]") - 1 });
  const made = text.slice(0, change.from) + change.put + text.slice(change.to);
  return `${made.slice(0, change.start)}[${made.slice(change.start, change.end)}]${made.slice(change.end)}`;
}

test("a mark is put around the selection, and removed by the same mark", () => {
  assert.equal(after("bold", "a [b] c"), "a **[b]** c");
  assert.equal(after("bold", "a **[b]** c"), "a [b] c");
  assert.equal(after("italic", "**[b]**"), "***[b]***");
  assert.equal(after("italic", "***[b]***"), "**[b]**");
  assert.equal(after("italic", "[]"), "*[italic text]*");
  assert.equal(after("maths", "[x]"), "$[x]$");
});

test("each selected line gets the mark of a list, and loses it again", () => {
  assert.equal(after("list", "a\n[b\nc]\nd"), "a\n- b\n- c[]\nd");
  assert.equal(after("list", "- b\n[- c]"), "- b\nc[]");
  assert.equal(after("heading", "ti[]tle"), "## title[]");
});

test("code over several lines is a block", () => {
  assert.equal(after("code", "[b]"), "`[b]`");
  assert.match(after("code", "[b\nc]"), /\n```\nb\nc\n```/);
});

test("a link selects its address", () => {
  assert.equal(after("link", "see [here]"), "see [here]([https://])");
});

test("a table is inserted at the place of the cursor", () => {
  assert.match(after("table", "[a]"), /^a\n\| A/);
  assert.match(after("table", "a[]"), /^a\n\| A \| B \|\n\|---\|---\|/);
});
