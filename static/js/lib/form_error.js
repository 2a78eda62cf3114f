// @ts-check
/** Shows in a form why it was not sent; everything typed stays. */
import { one } from "./dom.js";

/** @param {HTMLElement} form @param {string} text */
export function complain(form, text) {
  clearProblem(form);
  const note = document.createElement("p");
  note.className = "note danger";
  note.setAttribute("role", "alert");
  note.dataset.problem = "";
  note.append(Object.assign(document.createElement("span"), { textContent: text }));
  form.prepend(note);
}

/** @param {HTMLElement} form */
export const clearProblem = (form) => one("[data-problem]", form)?.remove();
