import assert from "node:assert/strict";
import { test } from "node:test";
import { actionOf, takesText } from "../../../static/js/lib/keymap.js";

const press = (key, more = {}) => actionOf({ key, target: { tagName: "BODY" }, ...more }, true);

test("each letter of the list gives its action, in either case", () => {
  const map = { k: "play", J: "back", l: "forward", C: "captions", "<": "slower", ">": "faster",
    f: "fullscreen", M: "sound", i: "aside", P: "pause-sensing", s: "stuck", G: "got-it", h: "hint", "?": "keys" };
  for (const [key, action] of Object.entries(map)) assert.equal(press(key), action);
  assert.equal(press("x"), undefined);
  assert.equal(press("Enter"), undefined);
});

test("a letter typed into a field or with a modifier gives no action", () => {
  for (const tagName of ["INPUT", "TEXTAREA", "SELECT"]) {
    assert.equal(press("k", { target: { tagName, type: "text" } }), undefined);
  }
  assert.equal(press("k", { target: { tagName: "DIV", isContentEditable: true } }), undefined);
  for (const held of ["ctrlKey", "metaKey", "altKey", "isComposing"]) {
    assert.equal(press("k", { [held]: true }), undefined);
  }
});

test("a radio or a checkbox takes no text, so letters still work on it", () => {
  assert.equal(press("h", { target: { tagName: "INPUT", type: "radio" } }), "hint");
  assert.equal(takesText({ tagName: "INPUT", type: "search" }), true);
});

test("switched off, no letter does anything", () => {
  assert.equal(actionOf({ key: "k", target: { tagName: "BODY" } }, false), undefined);
});
