// @ts-check
/** The list of chapters: the current one is marked, and each takes the video to its start. */
import { clock } from "../../lib/video/duration_text.js";
import { all, announce } from "../../lib/dom.js";
import { walk } from "../../lib/roving_tabindex.js";
import { t } from "../../lib/i18n.js";

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  const links = all("[data-from]", root);
  const stop = walk(root, () => links, signal);
  stop(links[0]);
  document.addEventListener("attune:time", (event) => {
    const { seconds } = /** @type {CustomEvent} */ (event).detail;
    const now = links.findLast((link) => Number(link.dataset.from) <= seconds + 0.05);
    if (!now || now.hasAttribute("aria-current")) return;
    links.forEach((link) => link.removeAttribute("aria-current"));
    now.setAttribute("aria-current", "true");
    stop(now);
  }, { signal });
  root.addEventListener("click", (event) => {
    const link = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest("[data-from]"));
    if (!link) return;
    event.preventDefault();
    const seconds = Number(link.dataset.from);
    document.dispatchEvent(new CustomEvent("attune:seek", { detail: { seconds } }));
    announce(t("At {time}.", { time: clock(seconds) }));
  }, { signal });
}
