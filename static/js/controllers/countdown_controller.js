// @ts-check
/**
 * How long is left of a test. The server decides when it is over; this only counts down what it
 * said, shows it without telling, tells it at a few moments, and goes to the report at the end.
 */
import { announce, one } from "../lib/dom.js";
import { clock, spoken } from "../lib/video/duration_text.js";
import { momentPassed } from "../lib/countdown_announcements.js";
import { t } from "../lib/i18n.js";

const EVERY_MS = 500;

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  const shown = one("[data-countdown]", root);
  // The time of day goes on while a computer sleeps; what it says then is off by no more than that.
  const end = Date.now() + Number(root.dataset.left) * 1000;
  let before = Number(root.dataset.left);
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    if (shown) shown.textContent = clock(left);
    const moment = momentPassed(before, left);
    if (moment) announce(t("{time} left.", { time: spoken(moment) }));
    before = left;
    if (left > 0) return;
    clearInterval(timer);
    // Whatever is still being typed is sent before the page goes.
    document.dispatchEvent(new CustomEvent("attune:time-over"));
    location.assign(root.dataset.over ?? "");
  };
  const timer = setInterval(tick, EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
}
