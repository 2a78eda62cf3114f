// @ts-check
/**
 * Opens the Sitting of this page, and moves it on when the content of another unit takes its place.
 *
 * Its messages are dispatched as `attune:…` events on the document.
 */
import { signInAgain } from "../../lib/session/session.js";
import { registerUnsent } from "../../lib/session/unsent_answers.js";
import { sitting } from "../../telemetry/sitting.js";

/** @param {HTMLElement} page @param {AbortSignal} signal */
export function connect(page, signal) {
  const about = () => ({ unit: page.dataset.unit ?? "", scenario: page.dataset.scenario ?? "course" });
  const open = () => sitting.open(about());
  void open();
  // After the server ended the session, nothing is sensed until the same person has signed in
  // again.
  document.addEventListener("attune:over", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.why === "signed_out") void signInAgain({ asked: false });
  }, { signal });
  document.addEventListener("attune:signed-in", () => {
    if (!sitting.id || sitting.over === "signed_out") void open();
  }, { signal });
  // A page without a unit, such as that of a graded test, has no Sitting.
  document.addEventListener("attune:moved", () => void (page.dataset.unit ? sitting.move(about()) : sitting.close()), { signal });
  document.addEventListener("attune:leaving", () => sitting.close(), { signal });
  registerUnsent({ count: () => sitting.learner.unsentReports(), send: () => sitting.learner.sendReports() }, signal);
  signal.addEventListener("abort", () => sitting.close());
}
