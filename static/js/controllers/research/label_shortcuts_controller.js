// @ts-check
/** Labelling: a digit presses the button with that number, where single-letter keys are on. */
import { takesText } from "../../lib/keymap.js";
import { all, recall } from "../../lib/dom.js";

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (recall("keys", "on") !== "on" || takesText(target)) return;
    all("button[name=label]", form).find(
      (button) => button.getAttribute("aria-keyshortcuts") === event.key,
    )?.click();
  }, { signal });
}
