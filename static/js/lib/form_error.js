// @ts-check
/** Shows in a form why it was not sent, or that it waits; everything typed stays. */
import { one } from "./dom.js";

/** @param {HTMLElement} form @param {string} text */
export const complain = (form, text) => show(form, text, "note danger", "alert");

/** Show what is no error. @param {HTMLElement} form @param {string} text */
export const inform = (form, text) => show(form, text, "note", "status");

/** @param {HTMLElement} form @param {string} text @param {string} look @param {string} role */
function show(form, text, look, role) {
  clearProblem(form);
  const note = document.createElement("p");
  note.className = look;
  note.setAttribute("role", role);
  note.dataset.problem = "";
  note.append(Object.assign(document.createElement("span"), { textContent: text }));
  form.prepend(note);
}

/** @param {HTMLElement} form */
export const clearProblem = (form) => one("[data-problem]", form)?.remove();
