// @ts-check
/** A form with unsaved changes: leaving the page asks for confirmation first. */

/** What was typed before the form returned with a further row is still unsaved. */
let carried = false;

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  let changed = carried;
  carried = false;
  form.addEventListener("input", () => { changed = true; }, { signal });
  form.addEventListener("submit", ({ submitter }) => {
    if (submitter instanceof HTMLElement && !keeps(submitter)) carried = true;
    changed = false;
  }, { signal });
  document.addEventListener("attune:leaving", () => { changed = false; }, { signal });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  }, { signal });
}

/**
 * Return whether a button saves, and does not only request a changed form.
 * @param {HTMLElement} button
 */
export const keeps = (button) => ["save", "accept", "remove"].includes(button.getAttribute("value") ?? "save");
