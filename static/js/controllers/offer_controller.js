// @ts-check
/**
 * The one offer of a page, under what is being learned. It takes no focus, pushes nothing that is
 * being read, and stays until it is answered; Escape inside it means later.
 */
import { sitting } from "../telemetry/sitting.js";
import { all, announce, one } from "../lib/page.js";
import { fillWhy } from "../lib/why.js";

/** @typedef {{code: string, kind: string, heading: string, text: string, question: string | null,
 *   jump: [number, number] | null, why: import("../lib/why.js").Why,
 *   actions: {outcome: string, label: string}[]}} Offer */

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  document.addEventListener("attune:intervention", (event) => {
    show(root, /** @type {CustomEvent} */ (event).detail, signal);
  }, { signal });
  document.addEventListener("attune:consent", (event) => {
    if (!(/** @type {CustomEvent} */ (event).detail.granted)) withdrawn(root);
  }, { signal });
}

/** @param {HTMLElement} root @param {Offer} offer @param {AbortSignal} signal */
function show(root, offer, signal) {
  if (one(".offer", root)?.dataset.code === offer.code || isElsewhere(offer)) return;
  one(".offer", root)?.remove();
  const template = /** @type {HTMLTemplateElement} */ (one("[data-offer-template]", root));
  const card = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  card.dataset.code = offer.code;
  card.dataset.sensed = String(offer.why.estimated.length > 0);
  text(card, '[data-offer="heading"]', offer.heading);
  text(card, '[data-offer="text"]', offer.text);
  for (const { outcome, label } of offer.actions) text(card, `[data-offer-act="${outcome}"]`, label);
  fillWhy(card, offer.why);
  listen(root, card, offer, signal);
  root.append(card);
  sitting.outcome(offer.code, "shown");
  announce(`An offer is below: ${offer.heading}`);
}

/** Another question is open by now: help for the one before would only be in the way. @param {Offer} offer */
function isElsewhere(offer) {
  const asked = one("[data-question]")?.dataset.question;
  return Boolean(offer.question && asked && asked !== offer.question);
}

/** @param {HTMLElement} card @param {string} selector @param {string} words */
function text(card, selector, words) {
  const place = one(selector, card);
  if (place) place.textContent = words;
}

/** @param {HTMLElement} root @param {HTMLElement} card @param {Offer} offer @param {AbortSignal} signal */
function listen(root, card, offer, signal) {
  const answer = (/** @type {string} */ outcome) => {
    sitting.outcome(offer.code, outcome);
    const within = card.contains(document.activeElement);
    card.remove();
    if (outcome === "accepted") take(offer);
    else if (within) one("#main")?.focus({ preventScroll: true });
  };
  all("[data-offer-act]", card).forEach((button) => {
    button.addEventListener("click", () => answer(button.dataset.offerAct ?? "later"), { signal });
  });
  const why = /** @type {HTMLElement} */ (one("[data-offer-why]", card));
  why.addEventListener("click", () => {
    const open = why.getAttribute("aria-expanded") !== "true";
    why.setAttribute("aria-expanded", String(open));
    /** @type {HTMLElement} */ (one(".why", card)).hidden = !open;
  }, { signal });
  card.addEventListener("keydown", (event) => {
    if (event.key === "Escape") answer("later");
  }, { signal });
}

/** What a taken offer turns into: the next hint, or the stretch of the video again. @param {Offer} offer */
function take(offer) {
  if (offer.kind === "jump_back" && offer.jump) {
    const [seconds, until] = offer.jump;
    document.dispatchEvent(new CustomEvent("attune:seek", { detail: { seconds, until, play: true } }));
    return;
  }
  const wanted = offer.kind === "worked_step" ? "worked" : "next";
  document.dispatchEvent(new CustomEvent("attune:open-hint", { detail: { wanted, question: offer.question } }));
}

/** An offer made from what has just been switched off no longer fits. @param {HTMLElement} root */
function withdrawn(root) {
  const card = one('.offer[data-sensed="true"]', root);
  if (!card) return;
  card.remove();
  announce("The offer was taken back: it no longer fits.");
}
