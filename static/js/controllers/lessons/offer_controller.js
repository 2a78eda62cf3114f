// @ts-check
/**
 * The one offer of a page, below the lesson.
 *
 * It takes no focus, does not move text that is being read, and stays until it is answered; Escape
 * inside it means later.
 */
import { sitting } from "../../telemetry/sitting.js";
import { all, announce, one, toast } from "../../lib/dom.js";
import { send, trouble } from "../../lib/send.js";
import { fillWhy } from "../../lib/offer_reasons.js";
import { t } from "../../lib/i18n.js";

/** @typedef {{code: string, kind: string, heading: string, text: string, question: string | null,
 *   jump: [number, number] | null, url: string | null, pace: number, rests: boolean, cue: boolean,
 *   why: import("../../lib/offer_reasons.js").Why, actions: {outcome: string, label: string}[]}} Offer */

/** @type {Record<string, string>} */
const ASIDE = { later: t("OK, later. It may come up again after a while."), never: t("You will not see this here again.") };
/** @type {Record<string, string>} */
const SAID = {
  wrong: t("Saved. This estimate no longer counts anywhere."),
  off: t("From now on, no suggestions from estimates in this course."),
};

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  document.addEventListener("attune:intervention", (event) => {
    show(root, /** @type {CustomEvent} */ (event).detail, signal);
  }, { signal });
  document.addEventListener("attune:consent", (event) => {
    if (!(/** @type {CustomEvent} */ (event).detail.granted)) withdrawn(root);
  }, { signal });
  document.addEventListener("attune:swapped", () => settled(root), { signal });
}

/** @param {HTMLElement} root @param {Offer} offer @param {AbortSignal} signal */
function show(root, offer, signal) {
  const open = one(".offer", root);
  // The features behind its estimate come a moment after the offer itself.
  if (open?.dataset.code === offer.code) return fillWhy(open, offer.why);
  if (isElsewhere(offer)) return;
  if (waits(root, offer, signal)) return;
  one(".offer", root)?.remove();
  const template = /** @type {HTMLTemplateElement} */ (one("[data-offer-template]", root));
  const card = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  card.dataset.code = offer.code;
  card.dataset.sensed = String(offer.why.estimated.length > 0);
  card.dataset.about = offer.kind === "adjust" ? "" : offer.question ?? "";
  text(card, '[data-offer="heading"]', offer.heading);
  text(card, '[data-offer="text"]', offer.text);
  for (const { outcome, label } of offer.actions) text(card, `[data-offer-act="${outcome}"]`, label);
  fillWhy(card, offer.why);
  listen(root, card, offer, signal);
  root.append(card);
  sitting.learner.outcome(offer.code, "shown");
  if (offer.cue) fold(card, offer, signal);
  else announce(t("New suggestion below: {heading}", { heading: offer.heading }));
}

/**
 * Return whether to wait for the next pause or the end, for Learners who want no offers while a
 * video plays.
 * @param {HTMLElement} root @param {Offer} offer @param {AbortSignal} signal
 */
function waits(root, offer, signal) {
  const video = /** @type {HTMLVideoElement | null} */ (one("video"));
  if (root.dataset.quiet !== "true" || !video || video.paused) return false;
  video.addEventListener("pause", () => show(root, offer, signal), { once: true, signal });
  return true;
}

/**
 * Show only a sign that help is available until it is requested.
 * @param {HTMLElement} card @param {Offer} offer @param {AbortSignal} signal
 */
function fold(card, offer, signal) {
  const body = /** @type {HTMLElement} */ (one(".offer-top", card));
  const cue = document.createElement("button");
  cue.type = "button";
  cue.className = "btn text offer-cue";
  cue.textContent = t("Help is ready: {heading}", { heading: offer.heading });
  cue.setAttribute("aria-expanded", "false");
  body.hidden = true;
  card.prepend(cue);
  cue.addEventListener("click", () => {
    body.hidden = false;
    cue.remove();
    one("[data-offer-act]", card)?.focus();
  }, { signal });
}

/**
 * Return whether another question is open by now, so that this help would only disturb.
 * @param {Offer} offer
 */
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
    sitting.learner.outcome(offer.code, outcome);
    away(card);
    if (outcome === "accepted") take(offer);
    else toast(ASIDE[outcome] ?? ASIDE.later, { label: t("Undo"), act: () => tell(offer, "undo") });
  };
  all("[data-offer-act]", card).forEach((button) => {
    button.addEventListener("click", () => answer(button.dataset.offerAct ?? "later"), { signal });
  });
  all("[data-offer-say]", card).forEach((button) => {
    button.hidden = offer.why.estimated.length === 0;
    button.addEventListener("click", () => object(card, offer, button.dataset.offerSay ?? ""), { signal });
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

/** Remove the card; a focus inside it goes back to the page. @param {HTMLElement} card */
function away(card) {
  const within = card.contains(document.activeElement);
  card.remove();
  if (within) one("#main")?.focus({ preventScroll: true });
}

/**
 * Send a lasting objection to the server, which withdraws the offer.
 * @param {HTMLElement} card @param {Offer} offer @param {string} word
 */
async function object(card, offer, word) {
  if (!(await tell(offer, word))) return;
  away(card);
  const back = word === "off" ? "on" : "undo";
  toast(SAID[word], { label: t("Undo"), act: () => tell(offer, back) });
}

/** @param {Offer} offer @param {string} word @returns {Promise<boolean>} */
async function tell(offer, word) {
  const body = new FormData();
  body.append("do", word);
  const outcome = await send(`/offers/${offer.code}/`, { body });
  if (outcome.kind === "done") return true;
  toast(outcome.kind === "conflict" ? t("You can no longer undo this: it was more than ten minutes ago.") : t("Not changed. {why}", { why: trouble(outcome) }));
  return false;
}

/**
 * Carry out an accepted offer: another page, a part of the video, its speed, a hint, or a break.
 * @param {Offer} offer
 */
function take(offer) {
  if (offer.rests) rest(offer);
  else if (offer.url) visit(offer.url);
  else if (offer.pace) document.dispatchEvent(new CustomEvent("attune:pace", { detail: { steps: offer.pace } }));
  else if (offer.jump) {
    const [seconds, until] = offer.jump;
    document.dispatchEvent(new CustomEvent("attune:seek", { detail: { seconds, until, play: true } }));
  } else if (offer.kind === "hint" || offer.kind === "worked_step") {
    const open = offer.kind === "worked_step" ? offer.code : "";
    document.dispatchEvent(new CustomEvent("attune:open-hint", { detail: { open } }));
  }
}

/** Go to another page, in place where this page can do that. @param {string} url */
function visit(url) {
  const wish = new CustomEvent("attune:visit", { detail: { url }, cancelable: true });
  if (document.dispatchEvent(wish)) location.assign(url);
}

/**
 * Stop the video; during a break nothing is sensed until the Learner continues.
 * @param {Offer} offer
 */
function rest(offer) {
  /** @type {HTMLVideoElement | null} */ (one("video"))?.pause();
  if (offer.kind !== "break") return;
  sitting.pauses.pause();
  toast(t("Five-minute break. Nothing is sensed."), { label: t("Continue"), act: () => sitting.pauses.resume() });
}

/** Remove an offer whose data has just been switched off. @param {HTMLElement} root */
function withdrawn(root) {
  const card = one('.offer[data-sensed="true"]', root);
  if (!card) return;
  away(card);
  announce(t("The suggestion was withdrawn because it no longer fits."));
}

/**
 * Remove help for a question that is correct by now; the server has ended it as well.
 * @param {HTMLElement} root
 */
function settled(root) {
  const card = one(".offer", root);
  const asked = one("[data-question]")?.dataset.question;
  if (card?.dataset.about && card.dataset.about === asked && one("[data-next]")) away(card);
}
