// Rows are moved by buttons, the submitted numbers follow, and the focus stays with the row.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { open } from "../../dom.mjs";

const { connect } = await import("../../../../static/js/controllers/quiz/order_controller.js");
const row = (name) => `<li data-row="" id="${name}"><select></select><span data-movers="" hidden="">`
  + `<button data-move="-1" id="${name}-up"></button><button data-move="1" id="${name}-down"></button></span></li>`;
let page;
let changed;

/** Add what the test page lacks: selectors that point inwards and upwards, and moving elements. */
function grown(element) {
  const matches = { "[data-move]": "data-move", "[data-row]": "data-row" };
  Object.assign(element, {
    closest(selector) {
      for (let at = element; at; at = at.parent) if (matches[selector] in (at.attributes ?? {})) return at;
      return null;
    },
    before(other) { put(element, other, 0); },
    after(other) { put(element, other, 1); },
  });
  Object.defineProperties(element, {
    previousElementSibling: { get: () => beside(element, -1) },
    nextElementSibling: { get: () => beside(element, 1) },
  });
  const find = element.querySelectorAll.bind(element);
  element.querySelectorAll = (selector) => {
    if (selector === "[data-row] select") return find("select");
    const open = ':not([aria-disabled="true"])';
    if (!selector.endsWith(open)) return find(selector);
    return find(selector.replace(open, "")).filter((each) => each.getAttribute("aria-disabled") !== "true");
  };
}

const beside = (element, step) => element.parent.children[element.parent.children.indexOf(element) + step] ?? null;

function put(element, other, offset) {
  const list = element.parent;
  other.remove();
  list.children.splice(list.children.indexOf(element) + offset, 0, other);
  other.parent = list;
}

beforeEach(() => {
  page = open(`<ol id="rows">${["a", "b", "c"].map(row).join("")}</ol><div data-announce></div>`);
  globalThis.HTMLElement = page.body.constructor;
  page.querySelectorAll("").forEach(grown);
  changed = [];
  const root = page.getElementById("rows");
  root.addEventListener("change", () => changed.push("root"));
  page.querySelectorAll("select").forEach((each) => each.addEventListener("change", () => changed.push(each.value)));
  root.querySelectorAll("[data-move]").forEach((each) => {
    each.click = () => root.dispatchEvent(Object.defineProperty(new Event("click"), "target", { value: each }));
  });
  connect(root, new AbortController().signal);
});

const order = () => page.querySelectorAll("[data-row]").map((each) => each.id).join("");
const sent = () => page.querySelectorAll("select").map((each) => each.value).join("");
const press = (id) => page.getElementById(id).click();

test("buttons replace the number fields, which are still submitted", () => {
  assert.deepEqual(page.querySelectorAll("select").map((each) => each.hidden), [true, true, true]);
  assert.ok(page.querySelectorAll("[data-movers]").every((each) => !each.hidden));
  assert.equal(sent(), "123");
});

test("a row moves up and down, its place is announced, and it keeps the focus", () => {
  press("c-up");
  assert.equal(order(), "acb");
  assert.equal(sent(), "123");
  assert.equal(page.activeElement.id, "c-up");
  assert.equal(page.querySelector("[data-announce]").textContent, "Position 2 of 3");
  assert.deepEqual(changed, ["2"]);
  press("a-down");
  assert.equal(order(), "cab");
});

test("at an end the disabled button says so, and the other has the focus", () => {
  press("b-up");
  assert.equal(order(), "bac");
  assert.equal(page.getElementById("b-up").getAttribute("aria-disabled"), "true");
  assert.equal(page.activeElement.id, "b-down");
  press("b-up");
  assert.equal(order(), "bac");
});
