// A changed slot of a rule's sentence is sent for checking, and the focus comes back to it.
import assert from "node:assert/strict";
import test from "node:test";

class Select extends EventTarget {}
class Input extends EventTarget {}
class Form extends EventTarget {
  busy = null;
  slots = {};
  elements = { namedItem: (name) => this.slots[name] ?? null };
  dataset = {};
  pressed = [];
  button = { name: "check" };
  querySelector(selector) { return selector === "[data-check]" ? this.button : null; }
  getAttribute(name) { return name === "aria-busy" ? this.busy : null; }
  requestSubmit(button) { this.pressed.push(button); }
}
Object.assign(globalThis, {
  HTMLFormElement: Form, HTMLSelectElement: Select, HTMLInputElement: Input,
});

const { connect } = await import("../../../../static/js/controllers/teaching/rule_editor_controller.js");

const breath = () => new Promise((done) => setTimeout(done, 300));

/** Open a page with an attached form; changes are reported by `change`. */
function studio(form = new Form()) {
  const page = new EventTarget(), stop = new AbortController();
  globalThis.document = {
    getElementById: (id) => (id === "studio" ? page : null),
  };
  connect(form, stop.signal);
  const change = (slot) => {
    const event = new Event("change");
    Object.defineProperty(event, "target", { value: slot });
    page.dispatchEvent(event);
  };
  const send = (replay) => {
    const event = new Event("submit");
    event.submitter = { hasAttribute: (name) => replay && name === "data-replay" };
    form.dispatchEvent(event);
  };
  return { form, stop, change, send };
}
const slot = (form, id, Kind = Select) => Object.assign(new Kind(), { form, id });

test("a changed slot is checked, and then gets the focus back", async () => {
  const { form, change } = studio();
  change(slot(form, "slot-dwell"));
  await breath();
  assert.deepEqual(form.pressed, [form.button]);
  assert.equal(form.dataset.focus, "#slot-dwell");
});

test("moving through a listbox is checked once, at the end", async () => {
  const { form, change } = studio();
  for (const id of ["a", "b", "c"]) change(slot(form, id));
  await breath();
  assert.equal(form.pressed.length, 1);
  assert.equal(form.dataset.focus, "#c");
});

test("a checkbox is checked; a text only when it is submitted", async () => {
  const { form, change } = studio();
  change(Object.assign(slot(form, "lead", Input), { type: "text" }));
  await breath();
  assert.deepEqual(form.pressed, []);
  change(Object.assign(slot(form, "never-run", Input), { type: "checkbox" }));
  await breath();
  assert.equal(form.pressed.length, 1);
});

test("the focus stays where it has moved meanwhile", async () => {
  const { form, change } = studio();
  change(slot(form, "slot-dwell"));
  globalThis.document.activeElement = { id: "slot-cap" };
  await breath();
  assert.equal(form.dataset.focus, "#slot-cap");
});

test("a slot of another form is left alone", async () => {
  const { form, change } = studio();
  change(slot(new Form(), "share"));
  await breath();
  assert.deepEqual(form.pressed, []);
});

test("a press before the check replaces it", async () => {
  const { form, change, send } = studio();
  change(slot(form, "slot-dwell"));
  send(false);
  await breath();
  assert.deepEqual(form.pressed, []);
});

test("a change made while the page is fetched is put into the new page", async () => {
  const { form, change } = studio();
  form.busy = "true";
  change(Object.assign(slot(form, "slot-dwell"), { name: "dwell", value: "45" }));
  await breath();
  assert.deepEqual(form.pressed, []);

  const fresh = new Form();
  fresh.slots.dwell = Object.assign(slot(fresh, "slot-dwell"), { name: "dwell", value: "30" });
  studio(fresh);
  await breath();
  assert.equal(fresh.slots.dwell.value, "45");
  assert.deepEqual(fresh.pressed, [fresh.button]);
});

test("requesting a replay moves to where it will be shown", () => {
  const { form, send } = studio();
  send(false);
  assert.equal(form.dataset.focus, undefined);
  send(true);
  assert.equal(form.dataset.focus, "#re");
});

test("an element that left the page checks nothing any more", async () => {
  const { form, stop, change } = studio();
  change(slot(form, "slot-dwell"));
  stop.abort();
  await breath();
  assert.deepEqual(form.pressed, []);
});
