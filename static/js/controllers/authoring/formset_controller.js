// @ts-check
/**
 * A form of rows.
 *
 * A button that adds, moves or splits a row puts the server's answer in place; a button that saves
 * submits the whole page. Selecting a kind loads its fields.
 */
import { all, one } from "../../lib/dom.js";
import { keeps } from "./unsaved_controller.js";

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  if (!(form instanceof HTMLFormElement)) return;
  all("[data-chosen]", form).forEach((button) => { button.hidden = true; });
  form.addEventListener("submit", ({ submitter }) => {
    if (!(submitter instanceof HTMLButtonElement)) return;
    if (keeps(submitter)) form.dataset.plain = "true";
    else form.dataset.focus = focusAfter(submitter);
  }, { signal, capture: true });
  form.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLSelectElement) || !asks(target.name)) return;
    const check = one("button[value='check']", form);
    if (check instanceof HTMLButtonElement) {
      form.dataset.next = target.id;
      form.requestSubmit(check);
    }
  }, { signal });
}

/** Return whether another selection brings other fields. @param {string} name */
export const asks = (name) => name === "kind" || /^(gaps|hints)-\d+-(kind|reply)$/.test(name);

/** The first field of a row, by its list. @type {Record<string, string>} */
const FIRST = { choices: "text", wrong: "value", gaps: "id", hints: "kind", skills: "name", ideas: "description" };

/**
 * Return what gets the focus after the answer: a new row's first field, else the same button.
 * @param {HTMLButtonElement} button
 */
export function focusAfter(button) {
  const chosen = button.form?.dataset.next;
  if (chosen) return `#${chosen}`;
  if (button.dataset?.next) return button.dataset.next;
  const [verb, list] = button.value.split(":");
  if (verb === "add") return `[name$="-${FIRST[list]}"][name^="${list}-"]`;
  return button.id ? `#${button.id}` : `#${button.form?.id} [data-whole]`;
}
