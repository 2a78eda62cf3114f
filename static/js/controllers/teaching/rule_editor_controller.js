// @ts-check
/** The sentence of a rule: a changed slot is checked after a short delay. */
import { one } from "../../lib/dom.js";

/** The delay after the last change, so that arrow keys can move through a listbox. */
const BREATH_MS = 250;
/**
 * A change made while the page was being fetched, to apply to the page that arrives.
 * @type {{name: string, value: string} | undefined}
 */
let missed;

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  if (!(form instanceof HTMLFormElement)) return;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  const check = (/** @type {Slot} */ slot) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => send(form, slot), BREATH_MS);
  };
  document.getElementById("studio")?.addEventListener("change", ({ target }) => {
    if (isSlot(target) && target.form === form) check(target);
  }, { signal });
  form.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    if (event.submitter?.hasAttribute("data-replay")) form.dataset.focus = "#re";
  }, { signal });
  signal.addEventListener("abort", () => clearTimeout(waiting));
  const slot = missed && form.elements.namedItem(missed.name);
  if (missed && isSlot(slot)) {
    slot.value = missed.value;
    check(slot);
  }
  missed = undefined;
}

/** @typedef {HTMLSelectElement | HTMLInputElement} Slot */

/**
 * A listbox or a checkbox; a text is checked when it is submitted, so that typing is not
 * interrupted.
 * @param {unknown} target @returns {target is Slot}
 */
const isSlot = (target) => target instanceof HTMLSelectElement
  || (target instanceof HTMLInputElement && target.type === "checkbox");

/** @param {HTMLFormElement} form @param {Slot} slot */
function send(form, slot) {
  if (form.getAttribute("aria-busy") === "true") {
    missed = slot instanceof HTMLSelectElement ? { name: slot.name, value: slot.value } : undefined;
    return;
  }
  form.dataset.focus = `#${document.activeElement?.id || slot.id}`;
  form.requestSubmit(one("[data-check]", form));
}
