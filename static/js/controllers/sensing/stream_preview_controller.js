// @ts-check
/**
 * Shows the Learner, in numbers and bars, the latest measurements that leave the computer.
 *
 * It works only while it is visible, and fetches its words when it is first opened. Screen readers
 * get tables, without an announcement each second.
 */
import { one } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

const EVERY_MS = 1000;

/** @param {HTMLElement} section @param {AbortSignal} signal */
export function connect(section, signal) {
  const button = /** @type {HTMLElement} */ (one("[data-preview-open]", section));
  const place = /** @type {HTMLElement} */ (one("[data-preview]", section));
  const dialog = section.closest("dialog");
  const tables = new Map();
  /** @type {any} */
  let timer;
  const stop = () => clearInterval(timer);
  const begin = async () => {
    const { update } = await import("../../lib/sensing/preview_tables.js");
    stop();
    if (place.hidden || signal.aborted) return;
    const draw = () => { if (!dialog || dialog.open) update(place, tables); };
    draw();
    timer = setInterval(draw, EVERY_MS);
  };
  button.addEventListener("click", () => {
    place.hidden = !place.hidden;
    button.setAttribute("aria-expanded", String(!place.hidden));
    button.textContent = place.hidden ? t("Show what leaves this device") : t("Hide what leaves this device");
    stop();
    if (!place.hidden) begin().catch(() => { offline(place); });
  }, { signal });
  signal.addEventListener("abort", stop);
}

/** @param {HTMLElement} place */
function offline(place) {
  /** @type {HTMLElement} */ (one("[data-preview-sum]", place)).textContent = t("You are offline. Try again when you are back online.");
}
