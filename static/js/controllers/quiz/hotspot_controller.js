// @ts-check
/**
 * A place is marked on the picture of a question: by a click, or by the arrow keys and Enter. Without
 * JavaScript, and for people who do not see the picture, the areas are selected by name.
 */
import { all, announce, one } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const WIDE = 5;

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  const picture = one("[data-picture]", root);
  const field = /** @type {HTMLInputElement | null} */ (one("[data-place] input", root));
  if (!picture || !field) return;
  const how = one("[data-how]", root);
  if (how) how.hidden = false;
  picture.tabIndex = 0;
  // Screen readers then pass the arrow keys on to the page.
  picture.setAttribute("role", "application");
  picture.setAttribute("aria-label", picture.dataset.label ?? "");
  let place = readPlace(field.value) ?? [50, 50];
  picture.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect();
    place = [toPercent(event.clientX - box.left, box.width), toPercent(event.clientY - box.top, box.height)];
    selectPlace(root, field, place);
  }, { signal });
  picture.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") selectPlace(root, field, place);
    else if (event.key in STEPS) place = movePlace(root, place, event);
    else return;
    // Else the page would scroll, or the form would be sent.
    event.preventDefault();
  }, { signal });
  for (const radio of all("input[name=given]", root)) {
    radio.addEventListener("change", () => showMark(root, place, field.checked), { signal });
  }
}

/** @param {HTMLElement} root @param {number[]} place @param {KeyboardEvent} event */
function movePlace(root, place, event) {
  const step = STEPS[/** @type {keyof typeof STEPS} */ (event.key)];
  const far = event.shiftKey ? 1 : WIDE;
  const moved = place.map((at, axis) => Math.min(100, Math.max(0, at + far * step[axis])));
  showMark(root, moved, true);
  announce(describePlace(moved));
  return moved;
}

/** @param {HTMLElement} root @param {HTMLInputElement} field @param {number[]} place */
function selectPlace(root, field, place) {
  field.value = place.map((at) => at.toFixed(2)).join(",");
  field.disabled = false;
  field.checked = true;
  const row = /** @type {HTMLElement} */ (one("[data-place]", root));
  row.hidden = false;
  // The name of the area of an earlier place is no longer true.
  one("[data-where]", row)?.remove();
  showMark(root, place, true);
  announce(t("Marked: {place}", { place: describePlace(place) }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

/** @param {HTMLElement} root @param {number[]} place @param {boolean} isShown */
function showMark(root, [x, y], isShown) {
  one("[data-mark]", root)?.classList.toggle("unset", !isShown);
  for (const circle of all("[data-mark] circle", root)) {
    circle.setAttribute("cx", `${x}%`);
    circle.setAttribute("cy", `${y}%`);
  }
}

/** @param {number[]} place */
function describePlace([x, y]) {
  return t("{x}% from the left, {y}% from the top", { x: Math.round(x), y: Math.round(y) });
}

/** @param {string} text */
function readPlace(text) {
  const place = text.split(",").map(Number);
  return text && place.length === 2 ? place : undefined;
}

/** @param {number} at @param {number} size */
function toPercent(at, size) {
  return Math.min(100, Math.max(0, (at / size) * 100));
}
