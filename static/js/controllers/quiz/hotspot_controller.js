// @ts-check
/**
 * A click on the picture of a question selects the place. Without JavaScript, and for people who
 * cannot see the picture, the areas are selected by name.
 */
import { one } from "../../lib/dom.js";

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  const picture = root.closest("form")?.parentElement?.querySelector("h1 img, h2 img, .ask img");
  if (!(picture instanceof HTMLImageElement)) return;
  picture.addEventListener("click", (event) => selectPlace(root, picture, event), { signal });
}

/** @param {HTMLElement} root @param {HTMLImageElement} picture @param {MouseEvent} event */
function selectPlace(root, picture, event) {
  const box = picture.getBoundingClientRect();
  const place = one("[data-place]", root);
  const field = place?.querySelector("input");
  if (!place || !field) return;
  const x = toPercent(event.clientX - box.left, box.width);
  field.value = `${x},${toPercent(event.clientY - box.top, box.height)}`;
  field.disabled = false;
  field.checked = true;
  place.hidden = false;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

/** @param {number} at @param {number} size */
function toPercent(at, size) {
  return Math.min(100, Math.max(0, (at / size) * 100)).toFixed(2);
}
