// @ts-check
/** A question's form: adds the time taken and the sitting, and marks the selected choice. */
import { sitting } from "../../telemetry/sitting.js";
import { one } from "../../lib/dom.js";

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  const began = performance.now();
  // Before the form is read for sending, whichever controller was attached first.
  form.addEventListener("submit", () => {
    put(form, "elapsed_ms", String(Math.round(performance.now() - began)));
    put(form, "sitting", sitting.id ?? "");
  }, { signal, capture: true });
}

/** @param {HTMLElement} form @param {string} name @param {string} value */
function put(form, name, value) {
  const field = /** @type {HTMLInputElement | null} */ (one(`input[name="${name}"]`, form));
  if (field) field.value = value;
}
