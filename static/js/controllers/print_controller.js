// @ts-check
/** A button that prints the page; only where there is a printer to ask. */

/** @param {HTMLElement} button @param {AbortSignal} signal */
export function connect(button, signal) {
  button.hidden = false;
  button.addEventListener("click", () => print(), { signal });
}
