// @ts-check
/** A question's form: adds the time taken and the Sitting, and keeps an answer given offline. */
import { replies } from "../../lib/reply_queue.js";
import { requestOf } from "../../lib/swap.js";
import { sitting } from "../../telemetry/sitting.js";
import { one } from "../../lib/dom.js";

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  const began = performance.now();
  // Before the form is read for sending, whichever controller was attached first.
  form.addEventListener("submit", (event) => {
    put(form, "elapsed_ms", String(Math.round(performance.now() - began)));
    put(form, "sitting", sitting.id ?? "");
    if (!replies.count || !(form instanceof HTMLFormElement)) return;
    // Behind the answers that wait, and in place of an earlier one to this question.
    event.preventDefault();
    event.stopImmediatePropagation();
    const [url, request] = requestOf(form, event.submitter);
    replies.add({ form, url, request });
    void replies.send();
  }, { signal, capture: true });
  form.addEventListener("attune:not-sent", (event) => {
    const { outcome, url, request } = /** @type {CustomEvent} */ (event).detail;
    if (!(form instanceof HTMLFormElement) || !["offline", "timeout"].includes(outcome.kind)) return;
    event.preventDefault();
    replies.add({ form, url, request });
  }, { signal });
}

/** @param {HTMLElement} form @param {string} name @param {string} value */
function put(form, name, value) {
  const field = /** @type {HTMLInputElement | null} */ (one(`input[name="${name}"]`, form));
  if (field) field.value = value;
}
