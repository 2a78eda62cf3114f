// @ts-check
/**
 * "How is it now?", asked at a random moment.
 *
 * It takes no focus, may be answered in part, gives way to an offer of help, and closes when its
 * time is over.
 */
import { sitting } from "../../telemetry/sitting.js";
import { follow } from "../../telemetry/dom_events.js";
import { all, announce, one, toast } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  document.addEventListener("attune:check-in", (event) => {
    show(root, /** @type {CustomEvent} */ (event).detail.left, signal);
  }, { signal });
  document.addEventListener("attune:intervention", () => {
    const card = one(".check-in", root);
    if (card && !card.contains(document.activeElement)) pass(card, false);
  }, { signal });
}

/**
 * @param {HTMLElement} root @param {number} left seconds for which it is shown
 * @param {AbortSignal} signal
 */
function show(root, left, signal) {
  if (one(".check-in", root)) return;
  const template = /** @type {HTMLTemplateElement} */ (one("[data-check-in-template]", root));
  const card = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  listen(card, signal);
  root.append(card);
  announce(t("A question is below: How is it going right now?"));
  const timer = setTimeout(() => over(card), 1000 * left);
  signal.addEventListener("abort", () => clearTimeout(timer));
}

/** @param {HTMLElement} card @param {AbortSignal} signal */
function listen(card, signal) {
  one("[data-check-in-say]", card)?.addEventListener("click", () => say(card), { signal });
  all("[data-check-in-pass]", card).forEach((button) => {
    button.addEventListener("click", () => pass(card, button.dataset.checkInPass === "less"), { signal });
  });
  card.addEventListener("keydown", (event) => {
    if (event.key === "Escape") pass(card, false);
  }, { signal });
}

/** @param {HTMLElement} card */
function say(card) {
  const feeling = chosen(card, "feeling");
  const levels = ["valence", "arousal"].map((name) => [name, Number(chosen(card, name))]).filter(([, step]) => step);
  if (feeling || levels.length) {
    const id = sitting.learner.report(feeling, { ...Object.fromEntries(levels), asked: true });
    away(card);
    follow(id, t("Saved. Teachers do not see your answer. If you allowed it, your answer is used in research, without your name."), toast);
    return;
  }
  const note = /** @type {HTMLElement} */ (one("[data-check-in-note]", card));
  note.hidden = false;
  announce(note.textContent ?? "");
}

/** Return the selected value of a row, or null. @param {HTMLElement} card @param {string} name */
function chosen(card, name) {
  const inputs = /** @type {HTMLInputElement[]} */ (all(`input[name="${name}"]`, card));
  return inputs.find((input) => input.checked)?.value ?? null;
}

/** @param {HTMLElement} card @param {boolean} less */
function pass(card, less) {
  const id = sitting.learner.passed(less);
  away(card);
  if (less) follow(id, t("You will be asked less often. You can change how often in Preferences."), toast);
}

/** Close the card: a later answer would be about another moment. @param {HTMLElement} card */
function over(card) {
  if (!card.isConnected) return;
  away(card);
  announce(t("This question has timed out."));
}

/** Remove the card; a focus inside it goes back to the page. @param {HTMLElement} card */
function away(card) {
  const within = card.contains(document.activeElement);
  card.remove();
  if (within) one("#main")?.focus({ preventScroll: true });
}
