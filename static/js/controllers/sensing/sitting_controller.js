// @ts-check
/**
 * Opens the sitting of this page; its messages are dispatched as `attune:…` events on the document.
 */
import { signInAgain } from "../../lib/session/session.js";
import { registerUnsent } from "../../lib/session/unsent_answers.js";
import { sitting } from "../../telemetry/sitting.js";

/** @param {HTMLElement} page @param {AbortSignal} signal */
export function connect(page, signal) {
  const open = () => sitting.open({ unit: page.dataset.unit ?? "", scenario: page.dataset.scenario ?? "course" });
  void open();
  // After the server ended the session, nothing is sensed until the same person has signed in
  // again.
  document.addEventListener("attune:over", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.why === "signed_out") void signInAgain({ asked: false });
  }, { signal });
  document.addEventListener("attune:signed-in", () => {
    if (!sitting.id || sitting.over === "signed_out") void open();
  }, { signal });
  document.addEventListener("attune:leaving", () => sitting.close(), { signal });
  registerUnsent({ count: () => sitting.unsentReports(), send: () => sitting.sendReports() }, signal);
  signal.addEventListener("abort", () => sitting.close());
}
