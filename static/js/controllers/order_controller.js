// @ts-check
/**
 * Rows to put in order: buttons up and down move a row, and the numbers that are sent follow.
 * Without JavaScript one sets the numbers.
 */
import { all, announce, one } from "../lib/dom.js";
import { t } from "../lib/i18n.js";

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
  // A moved element loses the focus; at an end only the other button does anything.
  const left = button.getAttribute("aria-disabled") === "true" ? one('[data-move]:not([aria-disabled="true"])', row) : button;
  left?.focus();
  const rows = all("[data-row]", root);
  announce(t("Position {n} of {all}", { n: rows.indexOf(row) + 1, all: rows.length }));
  const select = /** @type {HTMLSelectElement} */ (one("select", row));
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Gives each row the number of its place. @param {HTMLElement} root */
function number(root) {
  const rows = all("[data-row]", root);
  rows.forEach((row, at) => {
    const select = /** @type {HTMLSelectElement} */ (one("select", row));
    select.value = String(at + 1);
    one('[data-move="-1"]', row)?.setAttribute("aria-disabled", String(at === 0));
    one('[data-move="1"]', row)?.setAttribute("aria-disabled", String(at === rows.length - 1));
  });
}
