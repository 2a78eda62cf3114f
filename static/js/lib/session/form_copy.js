// @ts-check
/**
 * A copy of what was typed into a plain form, stored in this tab while the form is being sent.
 *
 * Where the request ends at a sign-in, or at a refusal that says "nothing was sent", the copy is
 * marked, and the form is filled again when its page is back. A marked copy waits in its tab until
 * its page is back, another form is sent, or the person signs out; an unmarked one is deleted on
 * the next page.
 *
 * It never contains a password, a code, a file or a choice that must be made again
 * (`data-uncopied`), and it never leaves the browser: an address or the server would show it to the
 * next person.
 */
import { all, one, toast } from "../dom.js";
import { FORM_COPY } from "./session.js";
import { t } from "../i18n.js";

/**
 * Fields that the server compares with its current state, and the language of the typed numbers.
 */
const HIDDEN = ["stamp", "typed_in"];
const SECRET = /one-time-code|-password/;
const UNCOPIED = ["hidden", "password", "file", "submit", "button", "image", "reset"];

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */
/** @typedef {{page: string, form: number, action: string, fields: [string, string | boolean | string[]][], interrupted?: boolean}} Copy */

const here = () => location.pathname + location.search;

/** @returns {Copy | undefined} */
function read() {
  try {
    return JSON.parse(sessionStorage.getItem(FORM_COPY) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** @param {Copy | undefined} copy */
function write(copy) {
  try {
    if (copy) sessionStorage.setItem(FORM_COPY, JSON.stringify(copy));
    else sessionStorage.removeItem(FORM_COPY);
  } catch { /* Blocked or full storage: the form then comes back empty. */ }
}

/** @param {HTMLFormElement} form @returns {Field[]} */
const fieldsOf = (form) => /** @type {Field[]} */ ([...form.elements]).filter((field) =>
  field.name && "value" in field && !field.disabled && (HIDDEN.includes(field.name) || isOpen(field)));

/** @param {Field} field */
const isOpen = (field) => !UNCOPIED.includes(field.type) && !SECRET.test(field.autocomplete ?? "");

/** @param {Copy["fields"]} fields */
const openOf = (fields) => fields.filter(([name]) => !HIDDEN.includes(name));

/** @param {Field} field */
function valueOf(field) {
  if (field.type === "checkbox" || field.type === "radio") return /** @type {HTMLInputElement} */ (field).checked;
  if (field.type === "select-multiple") return [.../** @type {HTMLSelectElement} */ (field).selectedOptions].map(({ value }) => value);
  return field.value;
}

/** Copy a form when it is submitted. @param {HTMLFormElement} form */
export function copyForm(form) {
  // A sign-in or a confirmation on the way back keeps the copy that waits for its page.
  if (form.method !== "post" || form.dataset.uncopied !== undefined) return read()?.interrupted ? undefined : write(undefined);
  const fields = fieldsOf(form).map((field) => /** @type {Copy["fields"][0]} */ ([nameOf(field), valueOf(field)]));
  write(openOf(fields).length ? { page: here(), form: formsHere().indexOf(form), action: form.action, fields } : undefined);
}

/** Two choices with the same name differ by their value. @param {Field} field */
const nameOf = (field) => (["checkbox", "radio"].includes(field.type) ? `${field.name}=${field.value}` : field.name);

/** @returns {HTMLFormElement[]} */
const formsHere = () => /** @type {HTMLFormElement[]} */ (all("form"));

/** Mark the copy, on a page that says that nothing was sent. */
export function markInterrupted() {
  const copy = read();
  if (copy) write({ ...copy, interrupted: true });
}

/** Fill the form again where it was not sent; delete the copy where it was. */
export function restoreForm() {
  // This page marks the copy by itself, but perhaps later.
  if (one('[data-controller~="session/interrupted_form"]')) return markInterrupted();
  const copy = read();
  if (!copy || (copy.interrupted && copy.page !== here())) return;
  write(undefined);
  if (!copy.interrupted) return;
  const form = formsHere().find((each, index) => index === copy.form && each.action === copy.action)
    ?? formsHere().find((each) => each.action === copy.action);
  const typed = openOf(copy.fields);
  const left = form ? fill(form, typed) : typed;
  if (form && left.length < typed.length) tell(form, left.some(isGiven), fillHidden(form, copy.fields));
  else toast(t("The form was not sent, and it has changed since. Please fill it in again."));
}

/**
 * Restore the stamp of the version that the person saw, so that the server refuses to overwrite
 * later changes. Return whether anything was restored.
 * @param {HTMLFormElement} form @param {Copy["fields"]} fields
 */
function fillHidden(form, fields) {
  const hidden = fields.filter(([name]) => HIDDEN.includes(name));
  const stamp = hidden.find(([name]) => name === "stamp");
  const isChanged = stamp && fieldsOf(form).some((field) => field.name === "stamp" && !holds(field, stamp[1]));
  fill(form, hidden);
  return Boolean(isChanged);
}

/** @param {Field} field @param {unknown} value */
const holds = (field, value) => JSON.stringify(valueOf(field)) === JSON.stringify(value);

/** @param {Copy["fields"][0]} field */
const isGiven = ([, value]) => (Array.isArray(value) ? value.length > 0 : Boolean(value));

/**
 * Fill the fields and return those that no longer fit.
 * @param {HTMLFormElement} form @param {Copy["fields"]} fields
 */
function fill(form, fields) {
  const left = [...fields];
  for (const field of fieldsOf(form)) {
    const at = left.findIndex(([name]) => name === nameOf(field));
    if (at >= 0 && put(field, left[at][1])) left.splice(at, 1);
  }
  return left;
}

/**
 * Change a field as typing does, so that scripts are notified. Return whether it accepts the value.
 * @param {Field} field @param {string | boolean | string[]} value
 */
function put(field, value) {
  if (holds(field, value)) return true;
  const before = field.value;
  if (typeof value === "boolean") /** @type {HTMLInputElement} */ (field).checked = value;
  else if (typeof value === "string") field.value = value;
  else for (const option of /** @type {HTMLSelectElement} */ (field).options) option.selected = value.includes(option.value);
  const fits = holds(field, value);
  // A list without this choice would have no selection.
  if (!fits && typeof value === "string") field.value = before;
  for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
  return fits;
}

/**
 * @param {HTMLFormElement} form @param {boolean} isPartial
 * @param {boolean} isChanged since it was sent
 */
function tell(form, isPartial, isChanged) {
  const note = document.createElement("p");
  note.className = "note";
  note.tabIndex = -1;
  const files = [...form.elements].some((field) => /** @type {Field} */ (field).type === "file");
  note.textContent = [
    t("This was not sent. What you typed is here again: check it, then send it."),
    isPartial && t("Some of it could not be restored, because the page has changed."),
    isChanged && t("Someone changed this in the meantime. When you send it, you see their changes first."),
    files && t("Choose your files again."),
  ].filter(Boolean).join(" ");
  form.prepend(note);
  note.focus();
}
