// @ts-check
/**
 * Areas of a hotspot question: dragging on the picture of the preview fills in the numbers of one
 * area. Without JavaScript, and with a keyboard, the numbers are typed.
 */
import { all, announce, one } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

const PICTURE = "#preview [data-picture]";
const SIDES = ["left", "top", "width", "height"];
/** A smaller drag, in percent, is a click. */
const LEAST = 1;

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  for (const part of all("[data-how], [data-draw]", root)) part.hidden = false;
  root.addEventListener("click", ({ target }) => {
    const button = /** @type {HTMLElement} */ (target).closest("[data-draw]");
    if (button instanceof HTMLElement) chooseRow(root, button);
  }, { signal });
  document.addEventListener("pointerdown", (event) => {
    const picture = /** @type {HTMLElement} */ (event.target).closest(PICTURE);
    const row = findRow(root);
    if (!(picture instanceof HTMLElement) || !row) return;
    // Else the browser would drag the picture itself.
    event.preventDefault();
    drawArea(root, row, event);
  }, { signal });
}

/** @param {HTMLElement} root @param {HTMLElement} button */
function chooseRow(root, button) {
  for (const other of all("[data-draw]", root)) other.setAttribute("aria-pressed", String(other === button));
  one(PICTURE)?.scrollIntoView({ block: "nearest" });
  announce(t("Drag on the picture in the preview."));
}

/** Return the name of the chosen row, else of the first one without numbers. @param {HTMLElement} root */
function findRow(root) {
  const rows = all("[data-draw]", root);
  const isEmpty = (/** @type {HTMLElement} */ row) => SIDES.every((side) => !fieldOf(root, row.dataset.draw ?? "", side)?.value);
  const found = rows.find((row) => row.getAttribute("aria-pressed") === "true") ?? rows.find(isEmpty);
  return found?.dataset.draw;
}

/** @param {HTMLElement} root @param {string} row @param {PointerEvent} begun */
function drawArea(root, row, begun) {
  const from = placeOf(begun);
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const ended = new AbortController();
  let area = [0, 0, 0, 0];
  document.addEventListener("pointermove", (event) => {
    // The preview may have been replaced since.
    if (!shape.isConnected) one(`${PICTURE} svg`)?.append(shape);
    area = areaBetween(from, placeOf(event));
    ["x", "y", "width", "height"].forEach((name, at) => shape.setAttribute(name, `${area[at]}%`));
  }, { signal: ended.signal });
  document.addEventListener("pointerup", () => {
    ended.abort();
    if (area[2] < LEAST || area[3] < LEAST) shape.remove();
    else fillRow(root, row, area);
  }, { signal: ended.signal });
  document.addEventListener("pointercancel", () => { ended.abort(); shape.remove(); }, { signal: ended.signal });
}

/** @param {HTMLElement} root @param {string} row @param {number[]} area */
function fillRow(root, row, area) {
  SIDES.forEach((side, at) => {
    const field = fieldOf(root, row, side);
    if (field) field.value = String(area[at]);
  });
  fieldOf(root, row, "left")?.dispatchEvent(new Event("input", { bubbles: true }));
  announce(t("The numbers of the area are filled in."));
}

/** @param {HTMLElement} root @param {string} row @param {string} side */
function fieldOf(root, row, side) {
  return /** @type {HTMLInputElement | null} */ (one(`[name="${row}-${side}"]`, root));
}

/** The rectangle with these corners: left, top, width and height. @param {number[]} a @param {number[]} b */
export function areaBetween(a, b) {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])];
}

/** Whole percent of the picture, which every language writes alike. @param {PointerEvent} event */
function placeOf(event) {
  const box = one(PICTURE)?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
    .map((share) => Math.round(100 * Math.min(1, Math.max(0, share))));
}
