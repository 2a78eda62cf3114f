/** Which picture goes into a text, and where. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { pictureOf, place } from "../../../../static/js/controllers/authoring/picture_controller.js";

/** Return the text after a picture was put at the bar in "a|b". */
function after(shown) {
  const [before, rest] = shown.split("|");
  const { from, to, put, start } = place({ value: before + rest, selectionEnd: before.length }, "![A](a.png)");
  const made = (before + rest).slice(0, from) + put + (before + rest).slice(to);
  return `${made.slice(0, start)}|${made.slice(start)}`;
}

test("a picture is on lines of its own, with the cursor after it", () => {
  assert.equal(after("|"), "![A](a.png)\n\n|");
  assert.equal(after("a|"), "a\n\n![A](a.png)\n\n|");
  assert.equal(after("a\n|b"), "a\n\n![A](a.png)\n\n|b");
  assert.equal(after("a\n\n|\nb"), "a\n\n![A](a.png)\n|\nb");
});

test("words are pasted as words, even with a picture of them", () => {
  const [picture, film] = [{ type: "image/png" }, { type: "video/mp4" }];
  assert.equal(pictureOf({ types: ["Files"], files: [film, picture] }), picture);
  assert.equal(pictureOf({ types: ["text/plain", "text/html", "Files"], files: [picture] }), undefined);
  assert.equal(pictureOf({ types: ["Files"], files: [film] }), undefined);
  assert.equal(pictureOf(null), undefined);
});
