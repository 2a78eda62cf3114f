// @ts-check
/**
 * "I'm stuck", "Got it" and the six words: what the Learner says about themselves. Where the rules
 * of the site keep them in a closed `details`, their keys sleep, too.
 */
import { sitting } from "../telemetry/sitting.js";
import { all, announce, one } from "../lib/page.js";
import { t } from "../lib/words.js";

const THANKS = { stuck: t("Noted. Your teacher sees that you are stuck."), got_it: t("Noted.") };

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  root.hidden = false;
  const folded = root.closest("details");
  if (folded) folded.hidden = false;
  const more = one("[data-report-more]", root);
  const words = one("[data-report-words]", root);
  more?.addEventListener("click", () => {
    const open = more.getAttribute("aria-expanded") !== "true";
    more.setAttribute("aria-expanded", String(open));
    if (words) words.hidden = !open;
  }, { signal });
  all("[data-report]", root).forEach((button) => {
    button.addEventListener("click", () => say(root, button.dataset.report ?? ""), { signal });
  });
  document.addEventListener("attune:key", (event) => {
    const label = { stuck: "stuck", "got-it": "got_it" }[
      /** @type {"stuck" | "got-it"} */ (/** @type {CustomEvent} */ (event).detail.action)];
    if (!label || root.closest("details:not([open])")) return;
    event.preventDefault();
    say(root, label);
  }, { signal });
}

/** @param {HTMLElement} root @param {string} label */
function say(root, label) {
  sitting.report(label);
  all("[data-report]", root).forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.report === label));
  });
  const note = one("[data-report-note]", root);
  const text = THANKS[/** @type {"stuck" | "got_it"} */ (label)] ?? t("Noted, seen by you only.");
  if (note) note.textContent = text;
  announce(text);
}
