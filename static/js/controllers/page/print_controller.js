// @ts-check
/** A button that prints the page, where printing is available. */

/** @param {HTMLElement} button @param {AbortSignal} signal */
export function connect(button, signal) {
  button.hidden = false;
  button.addEventListener("click", () => print(), { signal });
}
