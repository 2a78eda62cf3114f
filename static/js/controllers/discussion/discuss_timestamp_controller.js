// @ts-check
/** A link to ask about the current moment of the video. */
import { clock } from "../../lib/video/duration_text.js";
import { t } from "../../lib/i18n.js";

/** @param {HTMLElement} link @param {AbortSignal} signal */
export function connect(link, signal) {
  if (!(link instanceof HTMLAnchorElement)) return;
  document.addEventListener("attune:time", (event) => {
    const { seconds } = /** @type {CustomEvent} */ (event).detail;
    link.href = `${link.dataset.url}?t=${Math.floor(seconds)}#ask`;
    link.textContent = t("Ask about {time}", { time: clock(seconds) });
  }, { signal });
}
