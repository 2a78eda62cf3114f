import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, seconds } from "../../../../static/js/controllers/authoring/caption_editor_controller.js";
import { asks, focusAfter } from "../../../../static/js/controllers/authoring/formset_controller.js";
import { keeps } from "../../../../static/js/controllers/authoring/unsaved_controller.js";

const button = (value, more = {}) => ({ value, id: "", form: { id: "question", dataset: {} }, ...more,
  getAttribute: () => value });

test("a moment is read as the server reads it", () => {
  assert.equal(seconds("92.5"), 92.5);
  assert.equal(seconds(" 1:32,5 "), 92.5);
  assert.equal(seconds("1:01:32.5"), 3692.5);
  for (const wrong of ["", "soon", "1:-3"]) assert.equal(seconds(wrong), null);
});

test("a moment of the video is written as it is typed", () => {
  assert.equal(clock(92.5), "1:32.5");
  assert.equal(clock(92.5, "de"), "1:32,5");
  assert.equal(clock(59.999), "1:00");
  assert.equal(seconds(clock(3692.25)), 3692.25);
});

test("a button may name what gets the focus", () => {
  assert.equal(focusAfter(button("drop:1", { dataset: { next: "#undo-cues" } })), "#undo-cues");
});

test("only a choice that brings other fields asks for them", () => {
  for (const name of ["kind", "gaps-0-kind", "hints-12-reply"]) assert.ok(asks(name), name);
  for (const name of ["difficulty", "compare", "gaps-0-compare"]) assert.ok(!asks(name), name);
});

test("the focus goes to the new row, or stays where it was", () => {
  assert.equal(focusAfter(button("add:hints")), '[name$="-kind"][name^="hints-"]');
  assert.equal(focusAfter(button("up:hints:1", { id: "up-hints-1" })), "#up-hints-1");
  assert.equal(focusAfter(button("drop:hints:1")), "#question [data-whole]");
  const chosen = { id: "question", dataset: { next: "kind" } };
  assert.equal(focusAfter(button("check", { form: chosen })), "#kind");
});

test("a button that saves is distinguished from one that only previews", () => {
  assert.ok(keeps(button("save")));
  assert.ok(keeps(button("accept")));
  assert.ok(keeps(button(null)));
  for (const value of ["check", "add:choices", "split:3"]) assert.ok(!keeps(button(value)), value);
});
