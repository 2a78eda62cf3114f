// @ts-check
/**
 * Choose people from a long list: show only some names, select all that are shown, count them.
 *
 * Without this module the list of boxes works as it is. A typed name stays in the page.
 */
import { all, one } from "../../lib/dom.js";

/** A shorter list needs no tools. */
const FEWEST = 5;

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  const find = one("[data-choose-find]", form);
  const tools = one("[data-choose-tools]", form);
  if (!(find instanceof HTMLInputElement) || !tools) return;
  tools.hidden = boxes(form).length < FEWEST;
  find.addEventListener("input", () => showMatching(form, find.value), { signal });
  // Enter in the field must not send the form.
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  }, { signal });
  one("[data-choose-all]", form)?.addEventListener("click", () => {
    boxes(form).filter((box) => !box.closest("li")?.hidden).forEach((box) => { box.checked = true; });
    count(form);
  }, { signal });
  form.addEventListener("change", () => count(form), { signal });
  form.addEventListener("formdata", ({ formData }) => joinPeople(formData), { signal });
  count(form);
}

/** @param {HTMLElement} form @returns {HTMLInputElement[]} */
function boxes(form) {
  return all('input[name="person"]', form).filter((box) => box instanceof HTMLInputElement);
}

/** Send all people in one field: the server refuses a form of a thousand. @param {FormData} sent */
function joinPeople(sent) {
  const people = sent.getAll("person").join(" ");
  sent.delete("person");
  sent.set("people", people);
}

/** Hide the people without the text in their name; those selected stay selected. @param {HTMLElement} form @param {string} typed */
function showMatching(form, typed) {
  const wanted = fold(typed);
  for (const box of boxes(form)) {
    const line = box.closest("li");
    if (line) line.hidden = !fold(one("[data-choose-name]", line)?.textContent ?? "").includes(wanted);
  }
}

/** @param {HTMLElement} form */
function count(form) {
  const place = one("[data-choose-count]", form);
  if (!place) return;
  const chosen = boxes(form).filter((box) => box.checked).length;
  place.textContent = (place.dataset.words ?? "").replace("{n}", String(chosen));
}

/** Fold case and accents, so that "e" finds "É". @param {string} text */
const fold = (text) => text.trim().normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
