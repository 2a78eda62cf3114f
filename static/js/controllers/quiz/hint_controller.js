// @ts-check
/**
 * The hint ladder: the next hint opens 8 seconds after the previous one, which is announced once,
 * without a countdown. Key H opens it, and so does an accepted offer.
 */
import { sitting } from "../../telemetry/sitting.js";
import { announce, one } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

/** The number of hints of a question that were open on this page. @type {Map<string, number>} */
const seen = new Map();

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  tellOpened(root.dataset.about ?? "", Number(root.dataset.opened));
  const button = /** @type {HTMLButtonElement | null} */ (one("[data-hint-next]", root));
  if (!button) return;
  lock(root, button, signal);
  const open = () => button.getAttribute("aria-disabled") === "true" ? button.focus() : button.click();
  document.addEventListener("attune:key", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.action !== "hint") return;
    event.preventDefault();
    open();
  }, { signal });
  document.addEventListener("attune:open-hint", (event) => {
    const offer = /** @type {CustomEvent} */ (event).detail.open;
    if (!offer) return open();
    // An offer of the worked step opens all hints up to it, whatever the next one waits for.
    const field = /** @type {HTMLInputElement} */ (one('input[name="open"]', root));
    field.value = offer;
    button.form?.requestSubmit();
  }, { signal });
}

/** @param {string} question @param {number} opened */
function tellOpened(question, opened) {
  const before = seen.get(question);
  seen.set(question, opened);
  if (before !== undefined && opened > before) sitting.learner.event("hint", opened, question);
}

/** @param {HTMLElement} root @param {HTMLButtonElement} button @param {AbortSignal} signal */
function lock(root, button, signal) {
  const seconds = Number(root.dataset.wait);
  const note = one("[data-hint-wait]", root);
  if (!(seconds > 0)) return;
  button.setAttribute("aria-disabled", "true");
  button.addEventListener("click", (event) => {
    if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
  }, { signal });
  const timer = setTimeout(() => {
    button.removeAttribute("aria-disabled");
    if (note) note.textContent = t("You can open it now.");
    announce(t("The next hint can be opened now."));
  }, seconds * 1000);
  signal.addEventListener("abort", () => clearTimeout(timer));
}
