// @ts-check
/**
 * Rows to put in order: buttons move a row up or down, and the submitted numbers follow. Without
 * JavaScript the numbers are edited.
 */
import { all, announce, one } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  for (const part of all("[data-movers]", root)) part.hidden = false;
  for (const select of all("[data-row] select", root)) select.hidden = true;
  number(root);
  root.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("[data-move]");
    if (button instanceof HTMLElement) move(root, button);
  }, { signal });
}

/** @param {HTMLElement} root @param {HTMLElement} button */
function move(root, button) {
  const row = /** @type {HTMLElement} */ (button.closest("[data-row]"));
  const up = button.dataset.move === "-1";
  const beside = up ? row.previousElementSibling : row.nextElementSibling;
  if (!beside) return;
  if (up) beside.before(row);
  else beside.after(row);
  number(root);
  // A moved element loses the focus; at an end, only the other button has an effect.
  const left = button.getAttribute("aria-disabled") === "true" ? one('[data-move]:not([aria-disabled="true"])', row) : button;
  left?.focus();
  const rows = all("[data-row]", root);
  announce(t("Position {n} of {all}", { n: rows.indexOf(row) + 1, all: rows.length }));
  const select = /** @type {HTMLSelectElement} */ (one("select", row));
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Set the number of each row to its position. @param {HTMLElement} root */
function number(root) {
  const rows = all("[data-row]", root);
  rows.forEach((row, at) => {
    const select = /** @type {HTMLSelectElement} */ (one("select", row));
    select.value = String(at + 1);
    one('[data-move="-1"]', row)?.setAttribute("aria-disabled", String(at === 0));
    one('[data-move="1"]', row)?.setAttribute("aria-disabled", String(at === rows.length - 1));
  });
}
