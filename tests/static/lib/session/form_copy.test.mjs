// A plain form that meets an ended session comes back filled; a submitted one leaves nothing.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { markup, open } from "../../dom.mjs";
import { copyForm, markInterrupted, restoreForm } from "../../../../static/js/lib/session/form_copy.js";
import { FORM_COPY } from "../../../../static/js/lib/session/session.js";

const PAGE = "/my-data/?a=1", ACTION = "https://school.example/my-data/ask/";
const drawer = new Map();
let toasts;
globalThis.sessionStorage = {
  getItem: (name) => drawer.get(name) ?? null, setItem: (name, text) => drawer.set(name, text),
  removeItem: (name) => drawer.delete(name),
};

/** Return a field of a form, with the events that a script would get. */
const field = (type, name, value, more = {}) =>
  Object.assign(new EventTarget(), { type, name, value, disabled: false, autocomplete: "", checked: false, ...more });
const several = (name, chosen) => {
  const options = ["a", "b", "c"].map((value) => ({ value, selected: chosen.includes(value) }));
  return field("select-multiple", name, "", { options, get selectedOptions() { return options.filter((each) => each.selected); } });
};

/** Open a page with one form that has these fields. */
function show(at, fields, { dataset = {}, action = ACTION, method = "post", around = "<main><form></form></main>" } = {}) {
  const [pathname, search] = at.split("?");
  globalThis.location = { pathname, search: search ? `?${search}` : "" };
  const page = open(around);
  toasts = [];
  page.addEventListener("attune:toast", ({ detail }) => toasts.push(detail.text));
  const form = page.querySelector("form");
  Object.assign(form.dataset, dataset);
  return Object.assign(form, { elements: fields, action, method });
}
const said = (form) => form.children.map((each) => each.textContent).join("");
const typed = () => [
  field("textarea", "note", "Bitte löschen 🦉"), field("text", "row", "one"), field("text", "row", "two"),
  field("checkbox", "what", "a", { checked: true }), field("checkbox", "what", "b"), field("radio", "kind", "x"),
  field("radio", "kind", "y", { checked: true }), several("many", ["b", "c"]), field("select-one", "one", "z"),
];
const empty = () => [
  field("textarea", "note", ""), field("text", "row", ""), field("text", "row", ""),
  field("checkbox", "what", "a"), field("checkbox", "what", "b", { checked: true }), field("radio", "kind", "x", { checked: true }),
  field("radio", "kind", "y"), several("many", ["a"]), field("select-one", "one", ""),
];
const values = (fields) => fields.map((each) => each.options?.filter(({ selected }) => selected).map(({ value }) => value)
  ?? (["checkbox", "radio"].includes(each.type) ? each.checked : each.value));

beforeEach(() => drawer.clear());

test("what was typed comes back after the sign-in, and only then, and once", () => {
  copyForm(show(PAGE, typed()));
  show("/accounts/login/?next=x", []);
  markInterrupted();
  show("/accounts/confirm/", []);
  restoreForm();
  const fields = empty();
  let heard = 0;
  fields[0].addEventListener("input", () => { heard += 1; });
  const form = show(PAGE, fields);
  restoreForm();
  assert.deepEqual(values(fields), values(typed()));
  assert.match(said(form), /^This was not sent\. What you typed is here again/);
  assert.deepEqual([heard, drawer.size, toasts], [1, 0, []]);
  const again = empty();
  show(PAGE, again);
  restoreForm();
  assert.deepEqual(values(again), values(empty()));
});

test("a page that says nothing was sent marks the copy, whichever of its scripts comes first", () => {
  for (const name of ["accounts/confirm_first.html", "accounts/login.html"]) {
    copyForm(show(PAGE, typed()));
    show("/elsewhere/", [], { around: `<main><form></form>${markup(name)}</main>` });
    restoreForm();
    markInterrupted();
    const fields = empty();
    show(PAGE, fields);
    restoreForm();
    assert.deepEqual(values(fields), values(typed()), name);
  }
});

test("a submitted form leaves nothing, on the same page and on another", () => {
  for (const next of [PAGE, "/"]) {
    copyForm(show(PAGE, typed()));
    const fields = empty();
    show(next, fields);
    restoreForm();
    assert.deepEqual([values(fields), drawer.size], [values(empty()), 0]);
  }
});

test("no password, code, file or hidden value is ever in the copy", () => {
  const secret = "s3cret";
  copyForm(show(PAGE, [
    field("text", "word", "erase"), field("password", "password", secret), field("hidden", "token", secret),
    field("file", "upload", secret), field("text", "code", secret, { autocomplete: "one-time-code" }),
    field("text", "new", secret, { autocomplete: "new-password" }), field("submit", "act", secret),
  ]));
  assert.match(drawer.get(FORM_COPY), /erase/);
  assert.doesNotMatch(drawer.get(FORM_COPY), /s3cret/);
  copyForm(show(PAGE, [field("text", "proof", secret)], { dataset: { uncopied: "" } }));
  assert.equal(drawer.size, 0);
});

test("a confirmation on the way keeps the copy that waits", () => {
  copyForm(show(PAGE, typed()));
  markInterrupted();
  copyForm(show("/accounts/confirm/", [field("text", "proof", "1")], { dataset: { uncopied: "" } }));
  const fields = empty();
  show(PAGE, fields);
  restoreForm();
  assert.deepEqual(values(fields), values(typed()));
});

const stamped = (stamp, language) => [field("hidden", "stamp", stamp), field("hidden", "typed_in", language)];

test("another person's change is not overwritten: the stamp of the version seen is sent", () => {
  copyForm(show(PAGE, [...stamped("3.1", "de"), ...typed()]));
  markInterrupted();
  const fields = [...stamped("3.2", "en"), ...empty()];
  const changed = show(PAGE, fields);
  restoreForm();
  assert.deepEqual(values(fields.slice(0, 2)), ["3.1", "de"]);
  assert.match(said(changed), /here again.*changed this in the meantime/);
  copyForm(changed);
  markInterrupted();
  const same = show(PAGE, [...stamped("3.1", "de"), ...empty()]);
  restoreForm();
  assert.doesNotMatch(said(same), /meantime/);
});

test("a form with only buttons leaves no copy, also with a stamp", () => {
  copyForm(show(PAGE, [...stamped("3.1", "en"), field("submit", "act", "undo")]));
  assert.equal(drawer.size, 0);
});

test("values that no longer fit are reported, in a list without the choice and in a removed field", () => {
  const list = (options, value) => {
    const one = field("select-one", "one", value);
    Object.defineProperty(one, "value", { get: () => value, set: (next) => { value = options.includes(next) ? next : ""; } });
    return one;
  };
  const note = () => field("textarea", "note", "");
  for (const [now, kept, partial] of [
    [[note(), list(["a", "z"], "a")], ["words", "z"], false],
    [[note(), list(["a", "b"], "a")], ["words", "a"], true],
    [[note()], ["words"], true],
  ]) {
    copyForm(show(PAGE, [field("textarea", "note", "words"), list(["a", "z"], "z")]));
    markInterrupted();
    const form = show(PAGE, now);
    restoreForm();
    assert.deepEqual(values(now), kept);
    assert.equal(/could not be restored/.test(said(form)), partial);
  }
  copyForm(show(PAGE, [field("textarea", "note", "words"), field("checkbox", "more", "1"), field("text", "gone", "")]));
  markInterrupted();
  const form = show(PAGE, [note()]);
  restoreForm();
  assert.doesNotMatch(said(form), /could not be restored/);
});

test("a form in which nothing fits is sent as the page has it now", () => {
  copyForm(show(PAGE, [...stamped("3.1", "en"), field("text", "gone", "words")]));
  markInterrupted();
  const fields = [...stamped("3.2", "en"), field("textarea", "note", "")];
  show(PAGE, fields);
  restoreForm();
  assert.equal(fields[0].value, "3.2");
  assert.match(toasts[0], /has changed since/);
});

test("a removed form is reported, and one with files asks for them", () => {
  copyForm(show(PAGE, typed()));
  markInterrupted();
  show(PAGE, empty(), { action: "https://school.example/other/" });
  restoreForm();
  assert.match(toasts[0], /has changed since/);
  copyForm(show(PAGE, typed()));
  markInterrupted();
  const form = show(PAGE, [...empty(), field("file", "upload", "")]);
  restoreForm();
  assert.match(said(form), /Choose your files again/);
});

test("broken or blocked storage breaks no page", () => {
  drawer.set(FORM_COPY, "{");
  restoreForm();
  globalThis.sessionStorage.getItem = () => { throw new Error("closed"); };
  restoreForm();
  markInterrupted();
});
