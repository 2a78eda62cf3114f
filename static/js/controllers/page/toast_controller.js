// @ts-check
/** Short notes at the bottom: with a button they stay, without one they close after 6 seconds. */
import { overWords } from "../../lib/sensing/sensing_indicator.js";
import { all, announce, one } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

const STAYS_MS = 6000;
const ASKED = t("A teacher has asked to see the estimates about you.");
const PAIR = t("There is news about help between classmates.");
const MESSAGE = t("You have a new message from a teacher.");
const AGAIN = { label: t("Start again"), act: () => location.reload() };
const DECIDE = { label: t("Read and decide"), act: () => location.assign("/journey/#shares") };
const VIEW = { label: t("View"), act: () => location.assign("/") };
const READ = { label: t("Read"), act: () => location.assign("/messages/") };

/** @param {HTMLElement} region @param {AbortSignal} signal */
export function connect(region, signal) {
  all(".toast", region).forEach((note) => armClose(note, signal));
  document.addEventListener("attune:toast", (event) => {
    const { text, action } = /** @type {CustomEvent} */ (event).detail;
    show(region, text, action, signal);
  }, { signal });
  document.addEventListener("attune:over", (event) => {
    const { why } = /** @type {CustomEvent} */ (event).detail;
    // The dialogue to sign in again says it.
    if (why !== "signed_out") show(region, overWords(why), AGAIN, signal);
  }, { signal });
  document.addEventListener("attune:share", () => show(region, ASKED, DECIDE, signal), { signal });
  document.addEventListener("attune:pair", () => show(region, PAIR, VIEW, signal), { signal });
  document.addEventListener("attune:message", () => show(region, MESSAGE, READ, signal), { signal });
}

/** @param {HTMLElement} region @param {string} text @param {{label: string, act: () => void} | undefined} action @param {AbortSignal} signal */
function show(region, text, action, signal) {
  const template = /** @type {HTMLTemplateElement | null} */ (one("[data-toast-template]"));
  const note = template?.content.firstElementChild?.cloneNode(true);
  if (!(note instanceof HTMLElement)) return;
  /** @type {HTMLElement} */ (one("[data-toast-text]", note)).textContent = text;
  const button = armClose(note, signal);
  if (action) {
    button.textContent = action.label;
    button.addEventListener("click", action.act, { signal });
  } else {
    leaveLater(note, signal);
  }
  region.append(note);
  announce(text);
}

/** @param {HTMLElement} note @param {AbortSignal} signal */
function armClose(note, signal) {
  const button = /** @type {HTMLElement} */ (one("[data-toast-close]", note));
  button.addEventListener("click", () => note.remove(), { signal });
  return button;
}

/**
 * The timer stops while the pointer or the focus is on the note.
 * @param {HTMLElement} note @param {AbortSignal} signal
 */
function leaveLater(note, signal) {
  let timer = setTimeout(() => note.remove(), STAYS_MS);
  const hold = () => clearTimeout(timer);
  const release = () => { timer = setTimeout(() => note.remove(), STAYS_MS); };
  for (const name of ["pointerenter", "focusin"]) note.addEventListener(name, hold, { signal });
  for (const name of ["pointerleave", "focusout"]) note.addEventListener(name, release, { signal });
}
