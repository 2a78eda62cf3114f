// @ts-check
/** A form that is being written: whoever leaves the page before it is saved is asked first. */

/** What was typed before the form came back with a further row is still unsaved. */
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

/** Whether a button saves, and not only asks for the form as it would be. @param {HTMLElement} button */
export const keeps = (button) => ["save", "remove"].includes(button.getAttribute("value") ?? "save");
