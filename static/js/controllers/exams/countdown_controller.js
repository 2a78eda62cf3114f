// @ts-check
/**
 * The time left of a test.
 *
 * The server decides when it is over. This script counts down, shows the time silently, announces
 * it at a few moments, and opens the report at the end.
 */
import { announce, one } from "../../lib/dom.js";
import { clock, spoken } from "../../lib/video/duration_text.js";
import { momentPassed } from "../../lib/countdown_announcements.js";
import { t } from "../../lib/i18n.js";

const EVERY_MS = 500;

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  const shown = one("[data-countdown]", root);
  // The clock time continues while a computer sleeps; its error is small.
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
    // Text that is still being typed is sent before the page is left.
    document.dispatchEvent(new CustomEvent("attune:time-over"));
    location.assign(root.dataset.over ?? "");
  };
  const timer = setInterval(tick, EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
}
