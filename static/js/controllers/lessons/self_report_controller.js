// @ts-check
/**
 * "I'm stuck", "Got it" and the nine words: the Learner's own reports.
 *
 * Where the site's rules put them into a closed `details`, their keys are inactive too.
 */
import { sitting } from "../../telemetry/sitting.js";
import { follow, REFUSED } from "../../telemetry/dom_events.js";
import { all, announce, one } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

const THANKS = { stuck: t("Saved. Your teacher can see that you are stuck."), got_it: t("Saved.") };

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

/**
 * Show at once which button was pressed; confirm it once the server has stored it.
 * @param {HTMLElement} root @param {string} label
 */
function say(root, label) {
  mark(root, label);
  follow(sitting.learner.report(label), thanks(label), (text) => {
    if (text === REFUSED) mark(root, "");
    const note = one("[data-report-note]", root);
    if (note) note.textContent = text;
    announce(text);
  });
}

/** @param {HTMLElement} root @param {string} label */
function mark(root, label) {
  for (const button of all("[data-report]", root)) button.setAttribute("aria-pressed", String(button.dataset.report === label));
}

/** @param {string} label */
const thanks = (label) => THANKS[/** @type {"stuck" | "got_it"} */ (label)]
  ?? t("Saved. Teachers do not see your answer. If you allowed it, your answer is used in research, without your name.");
